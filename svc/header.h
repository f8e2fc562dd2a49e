/* header: what the first bytes of a file ask for when it is executed: an interpreter, a loader, a
 * kind of machine. Pure, and safe whatever the bytes are.
 * SPDX-License-Identifier: ISC */
#ifndef SVC_HEADER_H
#define SVC_HEADER_H

#include <stdbool.h>
#include <stddef.h>

enum {
	HEADER_SIZE = 4096,   /* as much as is worth reading */
	HEADER_PATH_MAX = 256 /* the longest path that is kept, with its NUL */
};

enum header_kind {
	HEADER_EMPTY,
	HEADER_SCRIPT,  /* it begins with #! */
	HEADER_PROGRAM, /* ELF, and made to be executed */
	HEADER_TEXT,    /* neither: execve(2) refuses it, though a shell would read it */
	HEADER_OTHER,   /* neither, and not for people to read */
};

enum header_fault {
	HEADER_WELL,
	HEADER_MARK,    /* #! stands behind a byte order mark */
	HEADER_CR,      /* the first line ends with CR LF: the CR belongs to its last word */
	HEADER_NOTHING, /* there is no word behind #! */
	HEADER_LONG,    /* the interpreter ends behind what the kernel looks at */
};

struct header {
	enum header_kind kind;
	enum header_fault fault;
	char path[HEADER_PATH_MAX];     /* of the interpreter or loader, without CR; "" = none */
	char argument[HEADER_PATH_MAX]; /* of the interpreter, in one piece as the kernel has it */
	unsigned machine;               /* e_machine of a program */
	bool big_endian;
};

/* Reads LENGTH BYTES from the beginning of a file. */
void header_read(const unsigned char *bytes, size_t length, struct header *header);

/* What people call the MACHINE, "" if we do not know. */
const char *header_machine(unsigned machine);

/* Whether a kernel for HOST may run programs for MACHINE by itself. */
bool header_fits(unsigned host, unsigned machine);

#endif
