/* fmt: the part of snprintf(3) that messages, paths and state texts need, in a tenth of its size:
 * with libc's, a quarter of each static program would be the formatting of floating-point numbers
 * that no program of ours prints, and resident memory with it.
 * SPDX-License-Identifier: ISC */
#ifndef LIB_FMT_H
#define LIB_FMT_H

#include <stdarg.h>
#include <stddef.h>

/* Writes FORMAT to TEXT (SIZE bytes, at least 1; cut if need be, always ended by NUL) and returns
 * the length that it has uncut. Known are %s and %.*s, %c, %d, %u and %x (these three with l or ll,
 * %u and %x with z, and with a width padded by zeros, as in %04x) and %%. Async-signal-safe. */
size_t fmt(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
size_t fmt_list(char *text, size_t size, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

#endif
