/* output: standard output without stdio, in large writes; and JSON strings from any bytes.
 * A write that fails ends the program: "PROG: fatal: unable to write output: ERROR", exit 111.
 * SPDX-License-Identifier: ISC */
#ifndef LIB_OUTPUT_H
#define LIB_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

/* The bytes of TEXT, or LENGTH bytes, kept back until there are enough for a write. */
void output_text(const char *text);
void output_bytes(const char *bytes, size_t length);
void output_number(uint64_t number);

/* TEXT, which somebody else may have written, with "?" for what a terminal would take as a command,
 * and for what is no character. */
void output_harmless(const char *text);

/* TEXT as a JSON string, quotes included. Valid UTF-8 stays; any other byte becomes U+FFFD, since
 * JSON has no bytes. */
void output_json(const char *text);

/* LENGTH bytes as a part of a JSON string, without quotes. */
void output_json_part(const char *bytes, size_t length);

/* Writes what is kept back. Last call before the program ends, or before it waits. */
void output_flush(void);

#endif
