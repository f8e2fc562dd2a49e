/* word: see word.h.
 * SPDX-License-Identifier: ISC */
#include "word.h"

#include "plan.h"
#include "service.h"

#include "fd.h"
#include "proc.h"
#include "svstate.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

bool
word_is_another(int service, pid_t pid)
{
	char text[SV_TEXT_MAX];
	uint64_t number;

	return sv_read_text(service, text) && sv_text_number(text, SV_KEY_SUPERVISE_PID, &number) &&
	       number != (uint64_t)pid;
}

static bool
tell(int service, pid_t pid, const char *letters)
{
	return !word_is_another(service, pid) && sv_send(service, letters, strlen(letters), 0);
}

void
word_signal(const struct scan_child *child, int signal)
{
	struct proc process;

	if (child->adopted && child->process_fd != -1) {
		(void)proc_signal(child->process_fd, signal); /* ESRCH: it has just died */
		return;
	}
	/* Our own child is not reaped, so it exists; of another one only the start time tells
	 * whether it still has the number. */
	if (!child->adopted || (proc_read(child->pid, &process) && process.ticks == child->ticks))
		(void)kill(child->pid, signal);
}

void
word_end(struct scan *scan, struct scan_service *service, int64_t now_ms)
{
	struct scan_child *child = &service->child[SCAN_SERVICE];

	child->asked = tell(service->directory_fd, child->pid, "dx");
	if (child->asked)
		return;
	/* One that does not listen yet has not started anything: TERM ends it. Otherwise TERM
	 * means the same to our supervise as the two letters. But one that is about to adopt a
	 * process must do that first: it is asked again. */
	if (child->heir) {
		plan_failed(scan, service, SCAN_SERVICE, now_ms);
		return;
	}
	word_signal(child, SIGTERM);
	child->asked = true;
}

bool
word_tell_logger(const struct scan_service *service)
{
	int log = service_open_directory(service, SCAN_LOGGER);
	if (log == -1)
		return false;
	/* Also for one that is paused: it could not come to its end. */
	const bool told = tell(log, service->child[SCAN_LOGGER].pid, "xc");
	close(log);
	return told;
}

void
word_end_logger(struct scan *scan, struct scan_service *service, int64_t now_ms)
{
	struct scan_child *logger = &service->child[SCAN_LOGGER];

	/* First the letter, so that supervise does not start the logger again after its end. */
	const bool told = logger->pid != 0 && word_tell_logger(service);
	fd_close(&service->log_write_fd);
	if (logger->pid == 0)
		return;
	service_look_at_pipe(service);
	/* TERM would end the logger itself: only once there is nothing left for it to read. Until
	 * then (its supervise is just starting, or the directory was deleted) try again. */
	if (!told && service->drained)
		word_signal(logger, SIGTERM);
	if (told || service->drained)
		logger->asked = true;
	else
		plan_failed(scan, service, SCAN_LOGGER, now_ms);
}
