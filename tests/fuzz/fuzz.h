/* fuzz: what the fuzzers share: the broken promise that libFuzzer reports as a crash, and the input
 * as a row of decisions from its front and from its back. tests/README.md.
 * SPDX-License-Identifier: ISC */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert(3): a promise must hold in every build. */
#define PROMISE(condition)                                                                         \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition);    \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

struct fuzz {
	const uint8_t *data;
	size_t size; /* bytes that are left */
};

/* The next byte; 0 behind the end. */
static inline uint8_t
fuzz_byte(struct fuzz *fuzz)
{
	if (fuzz->size == 0)
		return 0;
	fuzz->size--;
	return *fuzz->data++;
}

/* The last byte: decisions from here do not shift what stands in front. */
static inline uint8_t
fuzz_last(struct fuzz *fuzz)
{
	return fuzz->size == 0 ? 0 : fuzz->data[--fuzz->size];
}

static inline uint64_t
fuzz_number(struct fuzz *fuzz, unsigned bytes)
{
	uint64_t number = 0;

	while (bytes-- > 0)
		number = number << 8 | fuzz_byte(fuzz);
	return number;
}

/* A copy of the LENGTH bytes at BYTES that ends exactly there, with a NUL: reading behind it is
 * seen. To be freed. */
static inline char *
fuzz_text(const uint8_t *bytes, size_t length)
{
	char *text = malloc(length + 1);

	if (text == NULL)
		abort();
	if (length > 0)
		memcpy(text, bytes, length);
	text[length] = '\0';
	return text;
}

/* The same without the NUL, for what is told how long it is. */
static inline char *
fuzz_bytes(const uint8_t *bytes, size_t length)
{
	char *copy = malloc(length + (length == 0));

	if (copy == NULL)
		abort();
	if (length > 0)
		memcpy(copy, bytes, length);
	return copy;
}

/* The bytes up to the next newline, as fuzz_text. */
static inline char *
fuzz_line(struct fuzz *fuzz)
{
	const uint8_t *newline = fuzz->size == 0 ? NULL : memchr(fuzz->data, '\n', fuzz->size);
	const size_t length = newline == NULL ? fuzz->size : (size_t)(newline - fuzz->data);
	char *text = fuzz_text(fuzz->data, length);

	fuzz->data += length + (newline != NULL);
	fuzz->size -= length + (newline != NULL);
	return text;
}

#endif
