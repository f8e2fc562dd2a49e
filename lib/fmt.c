/* fmt: see fmt.h.
 * SPDX-License-Identifier: ISC */
#include "fmt.h"

#include <stdbool.h>
#include <string.h>

enum { DIGITS_MAX = 20 /* of 2^64 */ };

struct output {
	char *text;
	size_t size;   /* with the NUL */
	size_t length; /* uncut */
};

/* A conversion specification, after its percent sign. */
struct conversion {
	unsigned width; /* of numbers */
	char length;    /* 0, 'l', 'z', or 'L' for ll */
	bool precise;   /* %.*s */
	char letter;
};

static void
put_bytes(struct output *output, const char *bytes, size_t count)
{
	if (output->length + 1 < output->size) {
		const size_t room = output->size - 1 - output->length;
		memcpy(output->text + output->length, bytes, count < room ? count : room);
	}
	output->length += count;
}

static void
put_number(struct output *output, const struct conversion *conversion, unsigned long long number,
    bool negative)
{
	const unsigned base = conversion->letter == 'x' ? 16 : 10;
	char digits[DIGITS_MAX];
	size_t first = sizeof digits;

	do
		digits[--first] = "0123456789abcdef"[number % base];
	while ((number /= base) != 0);
	const size_t count = sizeof digits - first;
	if (negative)
		put_bytes(output, "-", 1);
	for (size_t width = count + negative; width < conversion->width; width++)
		put_bytes(output, "0", 1);
	put_bytes(output, digits + first, count);
}

/* Reads the specification at FORMAT; returns where it ends. */
static const char *
read_conversion(const char *format, struct conversion *conversion)
{
	*conversion = (struct conversion){0};
	while (*format >= '0' && *format <= '9')
		conversion->width = conversion->width * 10 + (unsigned)(*format++ - '0');
	if (strncmp(format, ".*", 2) == 0) {
		conversion->precise = true;
		format += 2;
	}
	if (strncmp(format, "ll", 2) == 0) {
		conversion->length = 'L';
		format += 2;
	} else if (*format == 'l' || *format == 'z') {
		conversion->length = *format++;
	}
	conversion->letter = *format;
	return format + 1;
}

/* In a structure, since whether a va_list can be passed by its address depends on the machine. */
struct arguments {
	va_list list;
};

static long long
next_signed(struct arguments *arguments, char length)
{
	if (length == 'L')
		return va_arg(arguments->list, long long);
	if (length == 'l')
		return va_arg(arguments->list, long);
	return va_arg(arguments->list, int);
}

static unsigned long long
next_unsigned(struct arguments *arguments, char length)
{
	if (length == 'L')
		return va_arg(arguments->list, unsigned long long);
	if (length == 'l')
		return va_arg(arguments->list, unsigned long);
	if (length == 'z')
		return va_arg(arguments->list, size_t);
	return va_arg(arguments->list, unsigned);
}

static void
put_signed(struct output *output, const struct conversion *conversion, long long number)
{
	const unsigned long long magnitude = (unsigned long long)number;

	put_number(output, conversion, number < 0 ? 0 - magnitude : magnitude, number < 0);
}

static void
put_string(struct output *output, const struct conversion *conversion, struct arguments *arguments)
{
	const int limit = conversion->precise ? va_arg(arguments->list, int) : -1;
	const char *string = va_arg(arguments->list, const char *);

	put_bytes(output, string, limit < 0 ? strlen(string) : strnlen(string, (size_t)limit));
}

static void
put_conversion(
    struct output *output, const struct conversion *conversion, struct arguments *arguments)
{
	const char character =
	    (char)(conversion->letter == 'c' ? va_arg(arguments->list, int) : conversion->letter);

	switch (conversion->letter) {
	case 's':
		put_string(output, conversion, arguments);
		break;
	case 'd':
		put_signed(output, conversion, next_signed(arguments, conversion->length));
		break;
	case 'u':
	case 'x':
		put_number(output, conversion, next_unsigned(arguments, conversion->length), false);
		break;
	default: /* a character, or the percent sign itself */
		put_bytes(output, &character, 1);
		break;
	}
}

size_t
fmt_list(char *text, size_t size, const char *format, va_list list)
{
	struct output output = {text, size, 0};
	struct conversion conversion;
	struct arguments arguments;

	va_copy(arguments.list, list);
	while (*format != '\0') {
		const size_t plain = strcspn(format, "%");
		put_bytes(&output, format, plain);
		format += plain;
		if (*format == '\0')
			break;
		format = read_conversion(format + 1, &conversion);
		put_conversion(&output, &conversion, &arguments);
	}
	va_end(arguments.list);
	text[output.length < size ? output.length : size - 1] = '\0';
	return output.length;
}

size_t
fmt(char *text, size_t size, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	const size_t length = fmt_list(text, size, format, arguments);
	va_end(arguments);
	return length;
}
