/* header: see header.h.
 * SPDX-License-Identifier: ISC */
#include "header.h"

#include <elf.h>
#include <stdint.h>
#include <string.h>

/* ---- Scripts: as fs/binfmt_script.c reads them ----------------------------------------------- */

enum { KERNEL_LOOKS_AT = 256 /* BINPRM_BUF_SIZE */ };

static bool
is_blank(unsigned char byte)
{
	return byte == ' ' || byte == '\t';
}

/* Copies LENGTH bytes to TARGET, as far as there is room, and ends them with NUL. */
static void
copy(char target[HEADER_PATH_MAX], const unsigned char *bytes, size_t length)
{
	if (length >= HEADER_PATH_MAX)
		length = HEADER_PATH_MAX - 1;
	memcpy(target, bytes, length);
	target[length] = '\0';
}

/* BYTES are what stands between #! and the end of the line. */
static void
read_words(const unsigned char *bytes, size_t length, struct header *header)
{
	size_t begin = 0, end;

	while (length > 0 && (is_blank(bytes[length - 1]) || bytes[length - 1] == '\r')) {
		if (bytes[length - 1] == '\r')
			header->fault = HEADER_CR;
		length--;
	}
	while (begin < length && is_blank(bytes[begin]))
		begin++;
	for (end = begin; end < length && !is_blank(bytes[end]); end++)
		;
	if (end == begin)
		header->fault = HEADER_NOTHING;
	copy(header->path, bytes + begin, end - begin);
	while (end < length && is_blank(bytes[end]))
		end++;
	copy(header->argument, bytes + end, length - end);
}

static void
read_script(const unsigned char *bytes, size_t length, struct header *header)
{
	const size_t seen = length < KERNEL_LOOKS_AT ? length : KERNEL_LOOKS_AT;
	size_t end = 2, name_end;

	header->kind = HEADER_SCRIPT;
	while (end < seen && bytes[end] != '\n' && bytes[end] != '\0')
		end++;
	read_words(bytes + 2, end - 2, header);
	if (end < KERNEL_LOOKS_AT || header->fault == HEADER_NOTHING)
		return;
	/* The line goes on behind what is looked at: then only the arguments may be cut. */
	for (name_end = 2; name_end < end && is_blank(bytes[name_end]); name_end++)
		;
	while (name_end < end && !is_blank(bytes[name_end]))
		name_end++;
	if (name_end == end)
		header->fault = HEADER_LONG;
}

/* ---- Programs -------------------------------------------------------------------------------- */

/* The number of SIZE bytes at OFFSET; 0 if that is beyond the end, which fits no field that we ask
 * for. */
struct image {
	const unsigned char *bytes;
	size_t length;
	bool big_endian, wide;
};

static uint64_t
number_at(const struct image *image, uint64_t offset, size_t size)
{
	uint64_t number = 0;

	if (offset > image->length || size > image->length - offset)
		return 0;
	for (size_t i = 0; i < size; i++) {
		const size_t place = image->big_endian ? i : size - 1 - i;
		number = number << 8 | image->bytes[offset + place];
	}
	return number;
}

/* A field whose place and size differ in programs of 32 and of 64 bits. */
static uint64_t
field(const struct image *image, uint64_t base, size_t narrow, size_t wide, size_t wide_size)
{
	return image->wide ? number_at(image, base + wide, wide_size)
			   : number_at(image, base + narrow, 4);
}

/* The path of the loader, if there is one and it lies within what was read. */
static void
read_loader(const struct image *image, struct header *header)
{
	const uint64_t table = field(image, 0, offsetof(Elf32_Ehdr, e_phoff),
	    offsetof(Elf64_Ehdr, e_phoff), sizeof(Elf64_Off));
	const uint64_t count = number_at(
	    image, image->wide ? offsetof(Elf64_Ehdr, e_phnum) : offsetof(Elf32_Ehdr, e_phnum), 2);
	const uint64_t size = image->wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);

	if (table > image->length)
		return;
	for (uint64_t i = 0; i < count && table + i * size < image->length; i++) {
		const uint64_t entry = table + i * size;
		if (number_at(image, entry, 4) != PT_INTERP)
			continue;
		const uint64_t begin = field(image, entry, offsetof(Elf32_Phdr, p_offset),
		    offsetof(Elf64_Phdr, p_offset), sizeof(Elf64_Off));
		if (begin == 0 || begin >= image->length) /* it is cut off */
			return;
		const unsigned char *end =
		    memchr(image->bytes + begin, '\0', image->length - (size_t)begin);
		if (end != NULL)
			copy(header->path, image->bytes + begin,
			    (size_t)(end - (image->bytes + begin)));
		return;
	}
}

static void
read_program(const unsigned char *bytes, size_t length, struct header *header)
{
	const struct image image = {
	    .bytes = bytes,
	    .length = length,
	    .big_endian = length > EI_DATA && bytes[EI_DATA] == ELFDATA2MSB,
	    .wide = length > EI_CLASS && bytes[EI_CLASS] == ELFCLASS64,
	};
	const uint64_t type = number_at(&image, offsetof(Elf32_Ehdr, e_type), 2);

	header->kind = HEADER_OTHER; /* an object file or a core, or cut off */
	if (type != ET_EXEC && type != ET_DYN)
		return;
	header->kind = HEADER_PROGRAM;
	header->machine = (unsigned)number_at(&image, offsetof(Elf32_Ehdr, e_machine), 2);
	header->big_endian = image.big_endian;
	read_loader(&image, header);
}

/* ---- All --------------------------------------------------------------------------------------*/

static bool
begins(const unsigned char *bytes, size_t length, const char *word, size_t word_length)
{
	return length >= word_length && memcmp(bytes, word, word_length) == 0;
}

/* Whether this is something that people write: no byte of it is a control character. */
static bool
is_text(const unsigned char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (bytes[i] < ' ' && strchr("\t\n\v\f\r", bytes[i]) == NULL)
			return false;
	return memchr(bytes, '\0', length) == NULL;
}

void
header_read(const unsigned char *bytes, size_t length, struct header *header)
{
	static const char mark[] = "\xef\xbb\xbf#!";

	memset(header, 0, sizeof *header);
	if (length == 0)
		header->kind = HEADER_EMPTY;
	else if (begins(bytes, length, "#!", 2))
		read_script(bytes, length, header);
	else if (begins(bytes, length, ELFMAG, SELFMAG))
		read_program(bytes, length, header);
	else
		header->kind = is_text(bytes, length) ? HEADER_TEXT : HEADER_OTHER;
	if (begins(bytes, length, mark, sizeof mark - 1))
		header->fault = HEADER_MARK;
}

const char *
header_machine(unsigned machine)
{
	static const struct {
		unsigned machine;
		const char *name;
	} names[] = {
	    {EM_386, "i386"},
	    {EM_X86_64, "x86-64"},
	    {EM_ARM, "ARM of 32 bits"},
	    {EM_AARCH64, "ARM of 64 bits (aarch64)"},
	    {EM_RISCV, "RISC-V"},
	    {EM_PPC, "PowerPC"},
	    {EM_PPC64, "PowerPC of 64 bits"},
	    {EM_MIPS, "MIPS"},
	    {EM_S390, "s390"},
	    {EM_SPARC, "SPARC"},
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].machine == machine)
			return names[i].name;
	return "";
}

bool
header_fits(unsigned host, unsigned machine)
{
	/* Whether the kernel was built for the older one, too, only an attempt can tell. */
	static const unsigned pairs[][2] = {
	    {EM_X86_64, EM_386},
	    {EM_AARCH64, EM_ARM},
	    {EM_PPC64, EM_PPC},
	};

	if (host == machine)
		return true;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		if ((pairs[i][0] == host && pairs[i][1] == machine) ||
		    (pairs[i][1] == host && pairs[i][0] == machine))
			return true;
	return false;
}
