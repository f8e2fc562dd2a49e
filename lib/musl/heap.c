/* heap: malloc(3) for static programs that need it a few times, and soon are over or another program:
 * each block has pages of its own. musl's has 9 KB, and lets a program bring another; it asks for
 * memory itself where it reads the files of accounts. SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Of memory, the kernel gives at least that much. */
enum { UNIT = 4096 };

/* Before each block; of a size that leaves the block aligned for everything. */
union head {
	size_t size; /* of both, a multiple of UNIT */
	max_align_t aligned;
};

/* The smallest that was freed last, for the next: one is asked for and freed for each line. */
static union head *spare;

/* What it takes to have SIZE bytes in a block; 0 with errno set if nothing is as large. */
static size_t
with_head(size_t size)
{
	if (size <= PTRDIFF_MAX - sizeof(union head) - UNIT)
		return (size + sizeof(union head) + UNIT - 1) / UNIT * UNIT;
	errno = ENOMEM;
	return 0;
}

/* Notes that MAPPED has SIZE bytes, and returns the block in it; NULL if MAPPED is a failure. */
static void *
block_in(union head *mapped, size_t size)
{
	if (mapped == MAP_FAILED)
		return NULL;
	mapped->size = size;
	return mapped + 1;
}

void *
malloc(size_t bytes)
{
	const size_t size = with_head(bytes);
	union head *head = spare;

	if (size == 0)
		return NULL;
	if (size == UNIT && head != NULL) {
		spare = NULL;
		return head + 1;
	}
	return block_in(
	    mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), size);
}

void *
calloc(size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	void *block = malloc(bytes);
	return block == NULL ? NULL : memset(block, 0, bytes);
}

void *
realloc(void *block, size_t bytes)
{
	if (block == NULL)
		return malloc(bytes);
	const size_t size = with_head(bytes);
	union head *head = (union head *)block - 1;
	if (size == 0)
		return NULL;
	if (size == head->size)
		return block;
	return block_in(mremap(head, head->size, size, MREMAP_MAYMOVE), size);
}

void
free(void *block)
{
	const int error = errno; /* stays what it was (POSIX) */
	union head *head;

	if (block == NULL)
		return;
	head = (union head *)block - 1;
	if (head->size == UNIT && spare == NULL)
		spare = head;
	else
		(void)munmap(head, head->size);
	errno = error;
}
