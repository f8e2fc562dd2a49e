/* glob: see glob.h.
 * SPDX-License-Identifier: ISC */
#include "glob.h"

#include <ctype.h>
#include <string.h>

static const struct {
	const char *name;
	int (*holds)(int byte);
} classes[] = {
    {"alnum", isalnum},
    {"alpha", isalpha},
    {"blank", isblank},
    {"cntrl", iscntrl},
    {"digit", isdigit},
    {"graph", isgraph},
    {"lower", islower},
    {"print", isprint},
    {"punct", ispunct},
    {"space", isspace},
    {"upper", isupper},
    {"xdigit", isxdigit},
};

/* Reads what stands as "[:NAME:]" at PATTERN; *HOLDS = whether BYTE is one. Returns where it ends, or
 * NULL if it is no class. */
static const char *
read_class(const char *pattern, unsigned char byte, bool *holds)
{
	if (pattern[0] != '[' || pattern[1] != ':')
		return NULL;
	const char *name = pattern + 2;
	const size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz");
	if (name[length] != ':' || name[length + 1] != ']')
		return NULL;
	*holds = false; /* of a class that nobody knows */
	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
		if (strncmp(classes[i].name, name, length) == 0 && classes[i].name[length] == '\0')
			*holds = classes[i].holds(byte) != 0;
	return name + length + 2;
}

/* One byte of a set, quoted or not. Returns where it ends. */
static const char *
read_byte(const char *pattern, unsigned char *byte)
{
	if (pattern[0] == '\\' && pattern[1] != '\0')
		pattern++;
	*byte = (unsigned char)*pattern;
	return pattern + 1;
}

/* A byte, a range or a class at PATTERN; *HOLDS = whether BYTE is in it. Returns where it ends. */
static const char *
read_member(const char *pattern, unsigned char byte, bool *holds)
{
	unsigned char first, last;
	const char *end = read_class(pattern, byte, holds);

	if (end != NULL)
		return end;
	end = read_byte(pattern, &first);
	last = first;
	if (end[0] == '-' && end[1] != ']' && end[1] != '\0')
		end = read_byte(end + 1, &last);
	*holds = first <= byte && byte <= last;
	return end;
}

/* The set behind "[" at PATTERN; *HOLDS = whether BYTE is in it. Returns where it ends, or NULL if it
 * does not. */
static const char *
read_set(const char *pattern, unsigned char byte, bool *holds)
{
	const bool others = *pattern == '!' || *pattern == '^';
	bool found = false, member;

	pattern += others;
	/* A bracket that comes first does not end it. */
	for (const char *first = pattern; *pattern != ']' || pattern == first; found |= member) {
		if (*pattern == '\0')
			return NULL;
		pattern = read_member(pattern, byte, &member);
	}
	*holds = found != others;
	return pattern + 1;
}

/* What stands at PATTERN for one byte; *HOLDS = whether BYTE fits. Returns where it ends. */
static const char *
read_one(const char *pattern, unsigned char byte, bool *holds)
{
	unsigned char expected;

	if (*pattern == '?') {
		*holds = true;
		return pattern + 1;
	}
	if (*pattern == '[') {
		const char *end = read_set(pattern + 1, byte, holds);
		if (end != NULL)
			return end;
	}
	const char *end = read_byte(pattern, &expected);
	*holds = expected == byte;
	return end;
}

/* If what follows a star does not fit, the star takes a byte more. Only the last one needs to: those
 * before it have found the earliest place for what is behind them. So the time is at most the product
 * of both lengths. */
bool
glob_match(const char *pattern, const char *text, size_t length)
{
	const char *const end = text + length;
	const char *behind_star = NULL, *taken = NULL;

	while (text < end || *pattern == '*') {
		bool fits = false;
		if (*pattern == '*') {
			behind_star = ++pattern;
			taken = text;
			continue;
		}
		const char *next = pattern;
		if (*pattern != '\0')
			next = read_one(pattern, (unsigned char)*text, &fits);
		if (fits) {
			pattern = next;
			text++;
		} else if (behind_star != NULL) {
			pattern = behind_star;
			text = ++taken;
		} else {
			return false;
		}
	}
	return *pattern == '\0';
}
