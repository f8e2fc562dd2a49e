/* aftermath: see aftermath.h.
 * SPDX-License-Identifier: ISC */
#include "aftermath.h"

#include "members.h"

#include "clock.h"
#include "fd.h"
#include "file.h"
#include "proc.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	KIND_MS = 2000,     /* from the request to the KILL */
	FORCE_MS = 50,      /* how long signals and commands wait for a tree that forks */
	AGAIN_MS = 20,      /* from one use of force to the next ... */
	SWEEPS_ENOUGH = 50, /* ... after so many an uncertain look is believed ... */
	SWEEPS_MAX = 100,   /* ... and after so many what is left is left alone */
	LOOK_MS = 20,       /* from look to look at processes whose end nobody tells us */
	COUNT_MS = 1000,    /* at most so often the strays are counted */
};

enum { SPARED_MAX = NOTIFIERS_KEPT + 2 };

/* Our descendants but for the current child and our helpers: what earlier runs have left. */
static struct members
strays_of(const struct service *service, pid_t spared[SPARED_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < NOTIFIERS_KEPT; i++)
		spared[count++] = service->notifiers[i].pid;
	spared[count++] = service->checker.pid;
	spared[count++] = service->pid;
	return (struct members){.of = MEMBERS_DESCENDANTS, .spared = spared, .spared_count = count};
}

/* What an adopted ./run has left: its group, or all of its session. */
static struct members
foreigners_of(const struct service *service)
{
	return (struct members){
	    .of = service->settings.leftovers == SERVICEDIR_TREE ? MEMBERS_SESSION : MEMBERS_GROUP,
	    .root = service->group,
	};
}

/* Whether the number of the group of an adopted ./run means somebody else by now: it is used again as
 * soon as nobody is left in the group, and whoever gets it is seen by its age. */
static bool
is_reused(const struct service *service)
{
	struct proc leader;
	return service->process_fd == -1 && proc_read(service->group, &leader) &&
	       leader.ticks != service->group_ticks;
}

static size_t
signal_foreigners(const struct service *service, int signal)
{
	const struct members foreigners = foreigners_of(service);
	return is_reused(service) ? 0 : members_signal(&foreigners, signal);
}

/* Reaps the dead of the group that are ours. True if somebody living in it is known to be our child; as
 * long as that is so, the number of the group is not used again. */
static bool
has_children_in(pid_t group)
{
	siginfo_t info;

	for (;;) {
		info.si_pid = 0;
		if (waitid(P_PGID, (id_t)group, &info, WEXITED | WNOHANG | WNOWAIT) == -1)
			return false; /* ECHILD, or it cannot be told: then /proc has to */
		if (info.si_pid == 0)
			return true;
		(void)waitpid(info.si_pid, NULL, WNOHANG);
	}
}

/* A member may have another parent still, which has left the group. Its end is not told to us, and
 * without a child of ours in it the group is treated like that of an adopted ./run from then on. */
static bool
group_is_empty(struct service *service)
{
	if (!service->foreign && has_children_in(service->group))
		return false;
	if (!service->foreign && kill(-service->group, 0) == -1)
		return true;
	service->foreign = true;
	return signal_foreigners(service, 0) == 0;
}

/* Most services leave nothing behind: that costs one system call. If it cannot be told there may be
 * some, for which /proc, or the next look, is asked. */
static bool
has_children(void)
{
	siginfo_t info;
	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

static bool
has_helpers(const struct service *service)
{
	for (size_t i = 0; i < NOTIFIERS_KEPT; i++)
		if (service->notifiers[i].pid != 0)
			return true;
	return service->checker.pid != 0;
}

/* Without children we have no descendants either: whoever loses its parent is ours at once
 * (PR_SET_CHILD_SUBREAPER). A look into /proc proves less, since what forks and exits all the time is
 * easily overlooked; it has to do while helpers of ours run. */
static bool
tree_is_empty(const struct service *service)
{
	pid_t spared[SPARED_MAX];

	if (!has_children())
		return true;
	if (!has_helpers(service) && members_are_visible())
		return false;
	const struct members strays = strays_of(service, spared);
	return members_are_gone(&strays) ||
	       (service->swept >= SWEEPS_ENOUGH && members_signal(&strays, 0) == 0);
}

static bool
is_tree(const struct service *service)
{
	return service->settings.leftovers == SERVICEDIR_TREE;
}

/* It may belong to another user, or sleep in the kernel: no reason to keep the service down. */
static void
give_up(struct service *service)
{
	if (msg_due(&service->leftovers_fault, EPERM, clock_ms()))
		msg_warn("%s: unable to end what it left in process group %ld, going on without",
		    service->name, (long)service->group);
}

bool
aftermath_is_over(struct service *service)
{
	bool over;

	over = service->settings.leftovers == SERVICEDIR_KEEP || group_is_empty(service);
	if (over && is_tree(service))
		over = tree_is_empty(service);
	if (!over && service->swept >= SWEEPS_MAX) {
		give_up(service);
		over = true;
	}
	/* Of our own children every death is told, and what is below them becomes ours; but it may
	 * be our look that is not certain. */
	const bool blind = service->foreign || (is_tree(service) && has_helpers(service));
	service->aftermath_look_ms = !over && blind ? clock_ms() + LOOK_MS : CLOCK_NEVER;
	if (!over)
		return false;
	fd_close(&service->process_fd);
	service->limit_ms = CLOCK_NEVER;
	aftermath_count(service);
	return true;
}

/* To the group of the dead leader. */
static void
signal_group(const struct service *service, int signal)
{
	if (!service->foreign)
		(void)kill(-service->group, signal); /* ESRCH: there is nobody */
	else if (is_tree(service) || service->process_fd == -1 ||
		 (!proc_signal_group(service->process_fd, signal) && errno != ESRCH))
		signal_foreigners(service, signal);
}

static void
warn_blind(struct service *service)
{
	if (!service->told_blind)
		msg_warn("%s/%s: without /proc tree means group", service->name,
		    servicedir_names[SERVICEDIR_LEFTOVERS]);
	service->told_blind = true;
}

/* Only the record names the group of an adopted ./run, and who can write that must not aim us at the
 * processes of others. */
static void
leave_alone(struct service *service)
{
	fd_close(&service->process_fd);
	service->limit_ms = CLOCK_NEVER;
	aftermath_count(service);
}

bool
aftermath_begin(struct service *service)
{
	pid_t spared[SPARED_MAX];

	if (service->foreign && !file_is_trusted(service->directory, SV_RECORD)) {
		leave_alone(service);
		return false;
	}
	service->swept = 0;
	/* While the leader is a zombie, the number of its group is its own. */
	if (service->settings.leftovers != SERVICEDIR_KEEP) {
		signal_group(service, SIGTERM);
		signal_group(service, SIGCONT);
	}
	if (!service->foreign)
		(void)waitpid(service->group, NULL, WNOHANG); /* it is dead and ours */
	if (is_tree(service) && has_children()) {
		const struct members strays = strays_of(service, spared);
		members_signal(&strays, SIGTERM);
		members_signal(&strays, SIGCONT);
	}
	if (is_tree(service) && !members_are_visible())
		warn_blind(service);
	if (aftermath_is_over(service))
		return false;
	service->limit_ms = clock_ms() + KIND_MS;
	return true;
}

void
aftermath_sweep(struct service *service)
{
	pid_t spared[SPARED_MAX];

	/* Somebody is left in it, so the number is still that of our group. */
	if (!group_is_empty(service))
		signal_group(service, SIGKILL);
	if (is_tree(service)) {
		const struct members strays = strays_of(service, spared);
		members_kill(&strays, FORCE_MS);
	}
	service->swept++;
	service->limit_ms = clock_ms() + AGAIN_MS;
}

void
aftermath_count(struct service *service)
{
	pid_t spared[SPARED_MAX];

	service->count_ms = CLOCK_NEVER;
	service->strays = 0;
	if (has_children()) {
		const struct members strays = strays_of(service, spared);
		service->strays = members_signal(&strays, 0);
	}
}

void
aftermath_count_soon(struct service *service)
{
	if (service->count_ms == CLOCK_NEVER)
		service->count_ms = clock_ms() + COUNT_MS;
}
