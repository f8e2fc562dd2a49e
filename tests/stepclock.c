/* stepclock: preloaded into a program, it sets the wall clock off by the seconds in the file
 * $STEPCLOCK, from one call to the next. All other clocks go on as they are, as they do when somebody
 * sets the clock. SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* 0 if it cannot be read. No stdio: a child may ask between fork and exec. */
static long long
offset(void)
{
	char text[32] = "";
	const char *path = getenv("STEPCLOCK");
	const int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		return 0;
	if (read(fd, text, sizeof text - 1) == -1)
		text[0] = '\0';
	close(fd);
	return strtoll(text, NULL, 10);
}

int
clock_gettime(clockid_t clock, struct timespec *now)
{
	const int result = (int)syscall(SYS_clock_gettime, clock, now);

	if (result == 0 && clock == CLOCK_REALTIME)
		now->tv_sec += (time_t)offset();
	return result;
}
