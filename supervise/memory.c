/* memory: where the service of supervise lies, so that what is in use of it costs one page.
 * SPDX-License-Identifier: ISC */
#include "service.h"

/* In static memory, since supervise allocates nothing, and in common storage, which lies behind libc's
 * variables: so what is in use lies together, and what is not costs no memory. A file of its own,
 * since optimization at link time would make it an ordinary variable, before them. */
__attribute__((common)) struct service supervised;
