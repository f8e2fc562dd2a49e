/* service: the ./run of the benchmarks, small and static so that what is measured is not its own cost.
 * It tells BENCH_FIFO when it was executed, and under which number, in one piece; then it sleeps until
 * it is killed. In a directory named log it reads until the end instead. With BENCH_LINE it says a line
 * first. Exits 111 if it cannot.
 * SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Before anything else: the time of its first instruction, as far as C has one. */
static int
tell(void)
{
	struct timespec time;
	const char *fifo = getenv("BENCH_FIFO");

	if (clock_gettime(CLOCK_MONOTONIC, &time) == -1 || fifo == NULL)
		return -1;
	const int64_t word[] = {(int64_t)time.tv_sec * 1000000000 + time.tv_nsec, getpid()};
	const int fd = open(fifo, O_WRONLY);
	if (fd == -1 || write(fd, word, sizeof word) != sizeof word)
		return -1;
	return close(fd);
}

int
main(void)
{
	char text[4096];

	if (tell() == -1)
		return 111;
	if (getenv("BENCH_LINE") != NULL && write(STDOUT_FILENO, "runs\n", 5) != 5)
		return 111;
	const char *slash = getcwd(text, sizeof text) != NULL ? strrchr(text, '/') : NULL;
	if (slash != NULL && strcmp(slash, "/log") == 0) {
		while (read(STDIN_FILENO, text, sizeof text) > 0)
			continue;
		return 0;
	}
	for (;;)
		(void)pause();
}
