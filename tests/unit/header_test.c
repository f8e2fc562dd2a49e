/* header_test: first lines and ELF headers, right, wrong, cut off at every byte and altered at
 * random.
 * SPDX-License-Identifier: ISC */
#include "../../svc/header.c"

#include "check.h"

#include <stdlib.h>

static struct header
of(const char *text, size_t length)
{
	struct header header;

	/* A block of its own, so that AddressSanitizer sees a look beyond its end. */
	unsigned char *block = malloc(length + 1);
	memcpy(block, text, length);
	unsigned char *exact = length > 0 ? realloc(block, length) : block;
	header_read(exact, length, &header);
	free(exact);
	return header;
}

#define OF(text) of((text), sizeof(text) - 1)

static void
test_lines(void)
{
	static const struct {
		const char *text, *path, *argument;
		enum header_fault fault;
	} lines[] = {
	    {"#!/bin/sh\n", "/bin/sh", "", HEADER_WELL},
	    {"#!/bin/sh", "/bin/sh", "", HEADER_WELL},
	    {"#! \t /bin/sh \t -e  x \n", "/bin/sh", "-e  x", HEADER_WELL},
	    {"#!/bin/sh\r\necho\r\n", "/bin/sh", "", HEADER_CR},
	    {"#!/bin/sh -e\r\n", "/bin/sh", "-e", HEADER_CR},
	    {"#!/usr/bin/env python3\r\n", "/usr/bin/env", "python3", HEADER_CR},
	    {"#!/bin/sh\necho\r\n", "/bin/sh", "", HEADER_WELL}, /* it is executed */
	    {"#!", "", "", HEADER_NOTHING},
	    {"#!\n/bin/sh\n", "", "", HEADER_NOTHING},
	    {"#! \t\n", "", "", HEADER_NOTHING},
	    {"#!\r\n", "", "", HEADER_NOTHING},
	};

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		const struct header header = of(lines[i].text, strlen(lines[i].text));
		CHECK(header.kind == HEADER_SCRIPT && header.fault == lines[i].fault);
		CHECK_TEXT(header.path, lines[i].path);
		CHECK_TEXT(header.argument, lines[i].argument);
	}
	CHECK(OF("").kind == HEADER_EMPTY);
	CHECK(OF("echo\n").kind == HEADER_TEXT);
	CHECK(OF("#").kind == HEADER_TEXT);
	CHECK(OF("\xc3\xa9\n").kind == HEADER_TEXT);
	CHECK(OF("\xef\xbb\xbf#!/bin/sh\n").fault == HEADER_MARK);
	CHECK(OF("\xef\xbb\xbf#").fault == HEADER_WELL);
	CHECK(OF("PK\x03\x04").kind == HEADER_OTHER);
	CHECK(OF("a\0b").kind == HEADER_OTHER);
	CHECK(OF("\x7f"
		 "EL")
		  .kind == HEADER_TEXT); /* 7f is no control of ours */
}

/* The kernel sees 256 bytes: a name must end within them, arguments need not. */
static void
test_long(void)
{
	char text[600];

	for (size_t length = 250; length < 262; length++) {
		memset(text, 'x', sizeof text);
		memcpy(text, "#!/", 3);
		text[length] = '\n';
		const struct header name = of(text, sizeof text);
		CHECK((name.fault == HEADER_LONG) == (length > 255));
		text[9] = ' ';
		CHECK(of(text, sizeof text).fault == HEADER_WELL);
	}
}

/* A program with a loader, as small as it can be, for either size and order. */
static size_t
make_program(unsigned char *bytes, bool wide, bool big)
{
	const size_t head = wide ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
	const size_t entry = wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
	const size_t loader = head + 2 * entry;
	const struct {
		size_t at, size;
		uint64_t value;
	} fields[] = {
	    {16, 2, ET_DYN},
	    {18, 2, EM_AARCH64},
	    {wide ? 32 : 28, wide ? 8 : 4, head},
	    {wide ? 56 : 44, 2, 2},
	    {head, 4, PT_PHDR},
	    {head + entry, 4, PT_INTERP},
	    {head + entry + (wide ? 8 : 4), wide ? 8 : 4, loader},
	};

	memset(bytes, 0, loader);
	memcpy(bytes, ELFMAG, SELFMAG);
	bytes[EI_CLASS] = wide ? ELFCLASS64 : ELFCLASS32;
	bytes[EI_DATA] = big ? ELFDATA2MSB : ELFDATA2LSB;
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		for (size_t k = 0; k < fields[i].size; k++)
			bytes[fields[i].at + (big ? fields[i].size - 1 - k : k)] =
			    (unsigned char)(fields[i].value >> (8 * k));
	memcpy(bytes + loader, "/lib/ld.so", sizeof "/lib/ld.so");
	return loader + sizeof "/lib/ld.so";
}

static void
test_programs(void)
{
	unsigned char bytes[256];

	for (unsigned form = 0; form < 4; form++) {
		const size_t length = make_program(bytes, form & 1, form & 2);
		const struct header header = of((const char *)bytes, length);
		CHECK(header.kind == HEADER_PROGRAM && header.machine == EM_AARCH64);
		CHECK(header.big_endian == ((form & 2) != 0));
		CHECK_TEXT(header.path, "/lib/ld.so");
		for (size_t cut = 0; cut < length; cut++) {
			const struct header part = of((const char *)bytes, cut);
			CHECK(part.path[0] == '\0');
			CHECK((part.kind == HEADER_PROGRAM) == (cut >= 18));
		}
		/* An object file and a core are no programs. */
		bytes[form & 2 ? 17 : 16] = ET_REL;
		CHECK(of((const char *)bytes, length).kind == HEADER_OTHER);
		bytes[form & 2 ? 17 : 16] = ET_CORE;
		CHECK(of((const char *)bytes, length).kind == HEADER_OTHER);
	}
}

/* Every byte altered to every value, and many at random: nothing outside is touched (which
 * AddressSanitizer sees), and paths end. */
static void
test_altered(void)
{
	unsigned char bytes[256], copy_of[256];
	bool ends = true;

	for (unsigned form = 0; form < 4; form++) {
		const size_t length = make_program(bytes, form & 1, form & 2);
		for (size_t at = 0; at < length; at++)
			for (unsigned value = 0; value < 256; value++) {
				memcpy(copy_of, bytes, length);
				copy_of[at] = (unsigned char)value;
				const struct header header = of((const char *)copy_of, length);
				ends = ends && memchr(header.path, 0, sizeof header.path) != NULL;
			}
		srand(form + 1);
		for (unsigned round = 0; round < 20000; round++) {
			memcpy(copy_of, bytes, length);
			for (unsigned i = 0; i < 6; i++)
				copy_of[4 + (unsigned)rand() % (length - 4)] =
				    (unsigned char)(rand() % 3 == 0 ? 255 : rand());
			const struct header header = of((const char *)copy_of, length);
			ends = ends && memchr(header.path, 0, sizeof header.path) != NULL;
		}
	}
	CHECK(ends);
}

static void
test_machines(void)
{
	CHECK(header_fits(EM_X86_64, EM_X86_64) && header_fits(EM_X86_64, EM_386));
	CHECK(header_fits(EM_386, EM_X86_64)); /* a kernel of 64 bits, and we of 32 */
	CHECK(!header_fits(EM_X86_64, EM_AARCH64) && !header_fits(EM_X86_64, EM_ARM));
	CHECK_TEXT(header_machine(EM_AARCH64), "ARM of 64 bits (aarch64)");
	CHECK_TEXT(header_machine(12345), "");
}

int
main(void)
{
	test_lines();
	test_long();
	test_programs();
	test_altered();
	test_machines();
	return check_end("header_test");
}
