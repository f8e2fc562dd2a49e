/* config: see config.h.
 * SPDX-License-Identifier: ISC */
#include "config.h"

#include "child.h"

#include "clock.h"
#include "digest.h"
#include "inventory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

enum { RETRY_MS = 1000 /* after settings could not be read */ };

/* Another bad value is another fault. */
static int
fault_number(const struct servicedir_fault *fault)
{
	if (fault->error != MSG_EFORMAT)
		return fault->error;
	return (int)(digest(fault->value, strlen(fault->value)) & INT_MAX) | 1;
}

bool
config_may_pass(int error)
{
	static const int passing[] = {EAGAIN, EDQUOT, EINTR, EIO, EMFILE, ENFILE, ENOMEM, ENOSPC,
	    EROFS, ESTALE, ETIMEDOUT, ETXTBSY};

	for (size_t i = 0; i < sizeof passing / sizeof *passing; i++)
		if (error == passing[i])
			return true;
	return false;
}

void
config_need(const struct service *service, bool known, const char *name)
{
	if (!known && config_may_pass(errno))
		msg_die_sys(MSG_TEMPORARY, errno, "unable to read %s for %s", name, service->name);
}

static void
warn(void *argument, const struct servicedir_fault *fault)
{
	struct service *service = argument;
	const char *name = servicedir_names[fault->setting];
	const bool passing = config_may_pass(fault->error);

	if (passing)
		service->config_error = fault->error;
	if (!msg_due(&service->setting_faults[fault->setting], fault_number(fault), clock_ms()))
		return;
	if (fault->error == MSG_EFORMAT)
		msg_warn(
		    "%s/%s: \"%s\" is not %s", service->name, name, fault->value, fault->expected);
	else
		msg_warn_sys(fault->error, "unable to read %s/%s, %s", service->name, name,
		    passing ? "retrying" : "using the default");
}

static void
well(void *argument, enum servicedir_setting setting)
{
	struct service *service = argument;
	msg_well(&service->setting_faults[setting]);
}

bool
config_read(struct service *service)
{
	if (service->configured)
		return true;
	service->config_error = 0;
	service->names = inventory_read(AT_FDCWD);
	servicedir_read(AT_FDCWD, service->names, &service->settings, warn, well, service);
	service->configured = service->config_error == 0;
	service->config_ms = service->config_error == 0 ? CLOCK_NEVER : clock_ms() + RETRY_MS;
	return service->config_error == 0;
}

bool
config_may_have(const struct service *service, const char *name)
{
	return !service->configured || inventory_has(service->names, name);
}

bool
config_read_needs(struct service *service)
{
	char *names = service->needs.names;

	service->config_error = 0;
	if (!service->is_logger && config_may_have(service, servicedir_names[SERVICEDIR_NEEDS]) &&
	    servicedir_has(AT_FDCWD, servicedir_names[SERVICEDIR_NEEDS]) != 0) {
		servicedir_read_needs(AT_FDCWD, names, warn, well, service);
		return service->config_error == 0;
	}
	well(service, SERVICEDIR_NEEDS);
	if (names[0] != '\0')
		names[0] = '\0'; /* else its page is not to be touched */
	return true;
}

int
config_has(struct service *service, enum sv_child kind)
{
	const char *name = child_script(kind);
	const int has = config_may_have(service, name) ? servicedir_has(AT_FDCWD, name) : 0;
	const int error = errno;

	if (has == -1 && msg_due(&service->start_faults[kind], error, clock_ms()))
		msg_warn_sys(error, "unable to use %s/%s", service->name, name);
	if (has != -1 || !config_may_pass(error))
		return has == 1;
	service->config_error = error;
	return -1;
}
