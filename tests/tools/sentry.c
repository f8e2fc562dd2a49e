/* sentry: watches what nobody is to touch. Each opening, reading, change, new or lost name of the
 * FILEs, and of what is in those that are directories, is a line "FILE NAME WHAT..." on standard
 * output; also an opening that is given up at once. Looks at metadata and links are none.
 *
 *   sentry FILE...
 *
 * Its first line is "ready". Runs until it is killed; 111 if it cannot watch.
 * SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <sys/inotify.h>
#include <unistd.h>

static const struct {
	unsigned bit;
	const char *word;
} words[] = {
    {IN_OPEN, "opened"},
    {IN_ACCESS, "read"},
    {IN_MODIFY, "written"},
    {IN_CREATE, "made"},
    {IN_DELETE, "removed"},
    {IN_MOVED_FROM, "gone"},
    {IN_MOVED_TO, "come"},
    {IN_Q_OVERFLOW, "overflow"},
};

enum { WORDS = sizeof words / sizeof *words };

static void
report(const struct inotify_event *event, char **files)
{
	printf("%s %s", event->wd > 0 ? files[event->wd] : "-", event->len > 0 ? event->name : "-");
	for (int i = 0; i < WORDS; i++)
		if ((event->mask & words[i].bit) != 0)
			printf(" %s", words[i].word);
	printf("\n");
}

int
main(int argc, char **argv)
{
	_Alignas(struct inotify_event) char events[4096];
	const int fd = inotify_init1(IN_CLOEXEC);
	unsigned all = 0;

	for (int i = 0; i < WORDS; i++)
		all |= words[i].bit;
	/* The kernel numbers watches from 1, in their order. */
	for (int i = 1; i < argc; i++)
		if (inotify_add_watch(fd, argv[i], all) != i)
			return 111;
	printf("ready\n");
	for (;;) {
		fflush(stdout);
		const ssize_t got = read(fd, events, sizeof events);
		for (ssize_t at = 0; at < got;) {
			const struct inotify_event *event = (const void *)(events + at);
			report(event, argv);
			at += (ssize_t)(sizeof *event + event->len);
		}
	}
}
