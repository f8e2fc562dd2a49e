/* recall: what a killed supervise knew, taken over from its state text.
 * SPDX-License-Identifier: ISC */
#ifndef SUPERVISE_RECALL_H
#define SUPERVISE_RECALL_H

#include "service.h"

/* What was wanted, counted, and waited for. The phase is one without a child. */
void recall_all(struct service *service, const char *text);

/* Since when it has been so, if it is still as it was. */
void recall_changed(struct service *service, const char *text);

/* When a letter has last sent the recorded process what may end it. */
void recall_signal(struct service *service, const char *text);

/* What it needed at its last start, whoever made that. */
void recall_needs(struct service *service, const char *text);

#endif
