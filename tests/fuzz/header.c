/* header: any bytes as the beginning of a file to be executed: svwhy and svlint read nothing behind
 * them, and know one kind of it. SPDX-License-Identifier: ISC */
#include "../../svc/header.c"

#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const size_t length = size < HEADER_SIZE ? size : HEADER_SIZE;
	unsigned char *bytes = malloc(length + (length == 0));
	struct header header;

	if (bytes == NULL)
		abort();
	if (length > 0)
		memcpy(bytes, data, length);
	header_read(bytes, length, &header);
	PROMISE(header.kind <= HEADER_OTHER && header.fault <= HEADER_LONG);
	PROMISE((header.kind == HEADER_EMPTY) == (length == 0));
	PROMISE(strlen(header.path) < sizeof header.path);
	PROMISE(strlen(header.argument) < sizeof header.argument);
	PROMISE(header.kind == HEADER_SCRIPT || header.argument[0] == '\0');
	PROMISE(header.kind != HEADER_SCRIPT || (length >= 2 && memcmp(bytes, "#!", 2) == 0));
	PROMISE(header_machine(header.machine) != NULL);
	free(bytes);
	return 0;
}
