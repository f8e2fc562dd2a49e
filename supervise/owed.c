/* owed: see owed.h.
 * SPDX-License-Identifier: ISC */
#include "owed.h"

#include "child.h"
#include "config.h"
#include "publish.h"

#include "clock.h"

enum { TRIES_MAX = 16 /* with the pauses of child_retry_time about 13 s */ };

bool
owed_put_off(struct service *service, enum sv_child kind)
{
	service->pending_tries++;
	if (service->pending_tries >= TRIES_MAX) {
		msg_warn_sys(service->owed_trouble.value, "unable to start %s/%s, going on without",
		    service->name, child_script(kind));
		return false;
	}
	service->kind = kind; /* the world is to see what comes next, and our successor, too */
	service->pending = kind;
	service->pending_ms = child_retry_time(service);
	return true;
}

static enum machine_event
make(struct service *service, enum sv_child kind, int has)
{
	if (has == -1)
		service->owed_trouble =
		    (struct sv_trouble){kind, SV_FAILING_READ, service->config_error};
	else if (child_start(service, kind))
		return EVENT_NONE;
	return owed_put_off(service, kind) ? EVENT_NONE : EVENT_FORK_FAILED;
}

/* There may be none by now. */
static enum machine_event
try(struct service *service, enum sv_child kind)
{
	const int has = config_has(service, kind);

	service->pending = SV_CHILD_NONE;
	service->pending_ms = CLOCK_NEVER;
	service->kind = SV_CHILD_NONE;
	if (has == 0)
		return EVENT_NOTHING;
	/* What has led to ./stop must not be forgotten if we are killed as soon as it is made; what
	 * leads to ./finish was told when the death was. */
	if (kind == SV_CHILD_STOP && service->pending_tries == 0) {
		service->kind = kind;
		publish(service);
	}
	return make(service, kind, has);
}

enum machine_event
owed_begin(struct service *service, enum sv_child kind)
{
	service->pending_tries = 0;
	return try(service, kind);
}

enum machine_event
owed_again(struct service *service)
{
	const enum machine_event event = try(service, service->pending);

	/* Else it is told with what follows: alone it would say that ./stop is not owed any more, and
	 * still that ./start has succeeded. */
	if (event == EVENT_NONE)
		publish(service);
	return event;
}
