/* heap_test: what static programs have in place of malloc(3): blocks are apart, aligned, keep what is in
 * them, and are given back. SPDX-License-Identifier: ISC */
#include "check.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

void *heap_malloc(size_t bytes);
void *heap_calloc(size_t count, size_t size);
void *heap_realloc(void *block, size_t bytes);
void heap_free(void *block);

#define malloc heap_malloc
#define calloc heap_calloc
#define realloc heap_realloc
#define free heap_free
#include "../../lib/musl/heap.c"
#undef malloc
#undef calloc
#undef realloc
#undef free

static const size_t sizes[] = {
    0, 1, 31, UNIT - sizeof(union head), UNIT - sizeof(union head) + 1, UNIT, 10 * UNIT, 1000003};

enum { SIZES = sizeof sizes / sizeof *sizes };

static bool
is_filled(const char *block, char byte, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (block[i] != byte)
			return false;
	return true;
}

static void
test_apart(void)
{
	char *blocks[SIZES];

	for (size_t i = 0; i < SIZES; i++) {
		blocks[i] = heap_malloc(sizes[i]);
		CHECK(blocks[i] != NULL && (uintptr_t)blocks[i] % _Alignof(max_align_t) == 0);
		memset(blocks[i], 'a' + (int)i, sizes[i]);
	}
	for (size_t i = 0; i < SIZES; i++) {
		CHECK(is_filled(blocks[i], (char)('a' + (int)i), sizes[i]));
		heap_free(blocks[i]);
	}
}

static void
test_resized(void)
{
	for (size_t from = 0; from < SIZES; from++)
		for (size_t to = 0; to < SIZES; to++) {
			const size_t less = sizes[from] < sizes[to] ? sizes[from] : sizes[to];
			char *block = heap_realloc(NULL, sizes[from]);
			memset(block, 'x', sizes[from]);
			block = heap_realloc(block, sizes[to]);
			CHECK(is_filled(block, 'x', less));
			CHECK(((union head *)(void *)block - 1)->size >=
			      sizes[to] + sizeof(union head));
			memset(block, 'y', sizes[to]);
			heap_free(block);
		}
}

static void
test_zero(void)
{
	for (size_t i = 0; i < SIZES; i++) {
		char *block = heap_malloc(sizes[i]);
		memset(block, 'x', sizes[i]);
		heap_free(block);
		block = heap_calloc(sizes[i], 1);
		CHECK(is_filled(block, 0, sizes[i]));
		heap_free(block);
	}
}

/* Nothing that could be given out: the block, if there is one, stays. */
static void
test_too_much(void)
{
	static const size_t much[] = {
	    SIZE_MAX, SIZE_MAX - sizeof(union head), PTRDIFF_MAX, PTRDIFF_MAX - UNIT};
	char *block = heap_malloc(1);

	*block = 'x';
	for (size_t i = 0; i < sizeof much / sizeof *much; i++) {
		errno = 0;
		CHECK(heap_malloc(much[i]) == NULL && errno == ENOMEM);
		errno = 0;
		CHECK(heap_realloc(block, much[i]) == NULL && errno == ENOMEM && *block == 'x');
	}
	errno = 0;
	CHECK(heap_calloc(SIZE_MAX / 2 + 2, 2) == NULL && errno == ENOMEM);
	heap_free(block);
}

/* Whether the pages of this block are nobody's. */
static bool
is_given_back(void *block)
{
	unsigned char resident;

	return mincore((union head *)block - 1, UNIT, &resident) == -1 && errno == ENOMEM;
}

static void
test_given_back(void)
{
	void *large = heap_malloc(1000003), *first = heap_malloc(1), *second = heap_malloc(1);

	heap_free(large);
	heap_free(first);
	heap_free(second);
	heap_free(NULL);
	CHECK(is_given_back(large));
	CHECK(!is_given_back(first) && is_given_back(second));
	CHECK(heap_malloc(1) == first && heap_malloc(1) != first);
}

int
main(void)
{
	test_apart();
	test_resized();
	test_zero();
	test_too_much();
	test_given_back();
	return check_end("heap_test");
}
