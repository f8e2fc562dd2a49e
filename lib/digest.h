/* digest: whether bytes are still the same, without keeping them.
 * SPDX-License-Identifier: ISC */
#ifndef LIB_DIGEST_H
#define LIB_DIGEST_H

#include <stddef.h>
#include <stdint.h>

/* FNV-1a of LENGTH bytes. Against chance, not against who wants two texts to have the same one. */
uint64_t digest(const char *bytes, size_t length);

#endif
