/* config: see config.h.
 * SPDX-License-Identifier: ISC */
#include "config.h"

#include "child.h"

#include "clock.h"
#include "digest.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

/* Another bad value is another fault. */
static int
fault_number(const struct servicedir_fault *fault)
{
	if (fault->error != MSG_EFORMAT)
		return fault->error;
	return (int)(digest(fault->value, strlen(fault->value)) & INT_MAX) | 1;
}

static void
warn(void *argument, const struct servicedir_fault *fault)
{
	struct service *service = argument;
	const char *name = servicedir_names[fault->setting];

	if (!msg_due(&service->setting_faults[fault->setting], fault_number(fault), clock_ms()))
		return;
	if (fault->error == MSG_EFORMAT)
		msg_warn(
		    "%s/%s: \"%s\" is not %s", service->name, name, fault->value, fault->expected);
	else
		msg_warn_sys(
		    fault->error, "unable to read %s/%s, using the default", service->name, name);
}

static void
well(void *argument, enum servicedir_setting setting)
{
	struct service *service = argument;
	msg_well(&service->setting_faults[setting]);
}

void
config_read(struct service *service)
{
	if (service->configured)
		return;
	service->configured = true;
	servicedir_read(AT_FDCWD, &service->settings, warn, well, service);
}

void
config_read_needs(struct service *service)
{
	char *names = service->needs.names;

	if (!service->is_logger &&
	    servicedir_has(AT_FDCWD, servicedir_names[SERVICEDIR_NEEDS]) != 0) {
		servicedir_read_needs(AT_FDCWD, names, warn, well, service);
		return;
	}
	well(service, SERVICEDIR_NEEDS);
	if (names[0] != '\0')
		names[0] = '\0'; /* else its page is not to be touched */
}

bool
config_has(struct service *service, enum sv_child kind)
{
	const int has = servicedir_has(AT_FDCWD, child_script(kind));

	if (has == -1 && msg_due(&service->start_faults[kind], errno, clock_ms()))
		msg_warn_sys(errno, "unable to use %s/%s", service->name, child_script(kind));
	return has == 1;
}
