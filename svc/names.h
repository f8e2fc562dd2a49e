/* names: which names in a service directory mean something, here and elsewhere. Pure.
 * SPDX-License-Identifier: ISC */
#ifndef SVC_NAMES_H
#define SVC_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* The names that mean something, the first to the last with INDEX from 0; NULL behind that. */
const char *names_known(size_t index);

bool names_is_known(const char *name);

/* Whether NAME was probably meant to be KNOWN: one letter more, less, different or exchanged, other
 * capitals, or a suffix that editors add. Not for the same name. */
bool names_resemble(const char *name, const char *known);

/* A name that another suite reads. */
struct names_foreign {
	const char *name;  /* with "*", one that ends so */
	const char *suite; /* who reads it */
	const char *here;  /* what to do instead */
};

/* What NAME means elsewhere, NULL if nothing. */
const struct names_foreign *names_foreign(const char *name);

#endif
