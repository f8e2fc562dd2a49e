/* digest: see digest.h.
 * SPDX-License-Identifier: ISC */
#include "digest.h"

uint64_t
digest(const char *bytes, size_t length)
{
	uint64_t result = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < length; i++)
		result = (result ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
	return result;
}
