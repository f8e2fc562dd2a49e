/* tai64n: see tai64n.h.
 * SPDX-License-Identifier: ISC */
#include "tai64n.h"

#include <string.h>
#include <time.h>

struct tai64n
tai64n_now(void)
{
	struct timespec now;
	/* Cannot fail with this clock and our own pointer (clock_gettime(2)). */
	clock_gettime(CLOCK_REALTIME, &now);
	return (struct tai64n){
	    .seconds = TAI64N_UNIX + (uint64_t)now.tv_sec,
	    .nanoseconds = (uint32_t)(now.tv_nsec / 1000 * 1000 + 500),
	};
}

bool
tai64n_is_before(const struct tai64n *a, const struct tai64n *b)
{
	return a->seconds != b->seconds ? a->seconds < b->seconds : a->nanoseconds < b->nanoseconds;
}

void
tai64n_add_ms(struct tai64n *label, uint64_t ms)
{
	uint64_t nanoseconds = label->nanoseconds + ms % 1000 * 1000000;

	label->seconds += ms / 1000 + nanoseconds / 1000000000;
	label->nanoseconds = (uint32_t)(nanoseconds % 1000000000);
}

void
tai64n_subtract_ms(struct tai64n *label, uint64_t ms)
{
	const uint64_t rest = ms % 1000 * 1000000;
	const bool borrow = label->nanoseconds < rest;

	label->seconds -= ms / 1000 + borrow;
	label->nanoseconds = (uint32_t)(label->nanoseconds + borrow * UINT64_C(1000000000) - rest);
}

static void
put_big_endian(unsigned char *bytes, unsigned count, uint64_t value)
{
	while (count > 0) {
		bytes[--count] = (unsigned char)(value & 0xff);
		value >>= 8;
	}
}

static uint64_t
get_big_endian(const unsigned char *bytes, unsigned count)
{
	uint64_t value = 0;
	for (unsigned i = 0; i < count; i++)
		value = value << 8 | bytes[i];
	return value;
}

void
tai64n_pack(unsigned char bytes[TAI64N_PACKED], const struct tai64n *label)
{
	put_big_endian(bytes, 8, label->seconds);
	put_big_endian(bytes + 8, 4, label->nanoseconds);
}

void
tai64n_unpack(const unsigned char bytes[TAI64N_PACKED], struct tai64n *label)
{
	label->seconds = get_big_endian(bytes, 8);
	label->nanoseconds = (uint32_t)get_big_endian(bytes + 8, 4);
}

static const char hex[] = "0123456789abcdef";

void
tai64n_format(char text[TAI64N_LABEL], const struct tai64n *label)
{
	unsigned char bytes[TAI64N_PACKED];

	tai64n_pack(bytes, label);
	*text++ = '@';
	for (unsigned i = 0; i < TAI64N_PACKED; i++) {
		*text++ = hex[bytes[i] >> 4];
		*text++ = hex[bytes[i] & 15];
	}
}

/* The value of a digit; 16 and more if it is none. */
static unsigned
digit_value(char digit)
{
	const unsigned byte = (unsigned char)digit;

	if (byte - '0' < 10)
		return byte - '0';
	return byte - 'a' < 6 ? byte - 'a' + 10 : 16;
}

/* All digits are looked at before one is judged: that is one branch and not 24. */
bool
tai64n_parse(const char *text, size_t length, struct tai64n *label)
{
	uint64_t halves[2] = {0, 0}; /* 16 digits of seconds, 8 of nanoseconds */
	unsigned all = 0;

	if (length < TAI64N_LABEL || text[0] != '@')
		return false;
	for (unsigned i = 0; i < 2 * TAI64N_PACKED; i++) {
		const unsigned value = digit_value(text[1 + i]);
		all |= value;
		halves[i / 16] = halves[i / 16] << 4 | (value & 15);
	}
	if (all > 15)
		return false;
	label->seconds = halves[0];
	label->nanoseconds = (uint32_t)halves[1];
	return true;
}
