/* complaint: see complaint.h.
 * SPDX-License-Identifier: ISC */
#include "complaint.h"

#include "digest.h"
#include "fmt.h"
#include "room.h"

#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static uint64_t *said; /* digests of the texts */
static size_t said_count;

static bool
was_said(uint64_t text)
{
	for (size_t i = 0; i < said_count; i++)
		if (said[i] == text)
			return true;
	return false;
}

void
complaint(int error, const char *format, ...)
{
	char text[PATH_MAX + 128];
	va_list arguments;

	va_start(arguments, format);
	fmt_list(text, sizeof text, format, arguments);
	va_end(arguments);
	const uint64_t mark = digest(text, strlen(text)) + (uint64_t)error;
	if (was_said(mark))
		return;
	said = room_for(said, said_count + 1, sizeof *said);
	said[said_count++] = mark;
	if (error != 0)
		msg_warn_sys(error, "%s", text);
	else
		msg_warn("%s", text);
}

bool
complaint_any(void)
{
	return said_count > 0;
}
