/* control: the letters in supervise/control. All that are pending take effect one by one, in order.
 * SPDX-License-Identifier: ISC */
#ifndef SUPERVISE_CONTROL_H
#define SUPERVISE_CONTROL_H

#include "service.h"

/* Reads what is pending in the FIFO, up to a bound, and obeys it. False when supervise is to leave. */
bool control_read(struct service *service);

#endif
