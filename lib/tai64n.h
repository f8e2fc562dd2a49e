/* tai64n: time labels, in 12 packed bytes and as "@" and 24 lower-case hex digits.
 * SPDX-License-Identifier: ISC */
#ifndef LIB_TAI64N_H
#define LIB_TAI64N_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tai64n {
	uint64_t seconds;     /* TAI64: 2^62 + 10 + Unix seconds; no leap-second table */
	uint32_t nanoseconds; /* not range-checked when read: what is written is kept */
};

enum {
	TAI64N_PACKED = 12,
	TAI64N_LABEL = 25, /* "@" and the digits, without a NUL */
};

/* 2^62 + 10: what is added to Unix time. */
#define TAI64N_UNIX UINT64_C(4611686018427387914)

/* The wall clock now, in microseconds and, as 0.76 does, 500 ns for the unknown rest. */
struct tai64n tai64n_now(void);

/* Whether A is earlier than B. */
bool tai64n_is_before(const struct tai64n *a, const struct tai64n *b);

/* Moves LABEL on, or back, by MS milliseconds. */
void tai64n_add_ms(struct tai64n *label, uint64_t ms);
void tai64n_subtract_ms(struct tai64n *label, uint64_t ms);

/* Big-endian bytes on disk. */
void tai64n_pack(unsigned char bytes[TAI64N_PACKED], const struct tai64n *label);
void tai64n_unpack(const unsigned char bytes[TAI64N_PACKED], struct tai64n *label);

/* Writes TAI64N_LABEL bytes; no NUL. */
void tai64n_format(char text[TAI64N_LABEL], const struct tai64n *label);

/* TEXT (LENGTH bytes) begins with a well-formed label: true and *LABEL set. Upper-case digits are
 * not well-formed. */
bool tai64n_parse(const char *text, size_t length, struct tai64n *label);

#endif
