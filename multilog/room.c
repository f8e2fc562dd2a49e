/* room: see room.h.
 * SPDX-License-Identifier: ISC */
#include "room.h"

#include "msg.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void *
room_for(void *block, size_t count, size_t size)
{
	/* One by one costs nothing that could be measured: realloc(3) moves large blocks by
	 * mapping. */
	void *result = reallocarray(block, count, size);

	if (result == NULL)
		msg_die_sys(MSG_TEMPORARY, ENOMEM, "unable to remember what is shown");
	return result;
}

char *
room_copy(const char *text)
{
	const size_t size = strlen(text) + 1;

	return memcpy(room_for(NULL, size, 1), text, size);
}
