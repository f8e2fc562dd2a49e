/* web: answers each HTTP request with one line, and says on standard output what was asked for. It
 * stands for your own program, and promises no more than an example has to: it needs no library, no
 * shell and no file, and says by a newline in descriptor 3 (notification-fd) that it is ready.
 * SPDX-License-Identifier: ISC */
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { PORT = 8080, READY_FD = 3, REQUEST_MAX = 2048, PATIENCE_S = 5 };

#define ANSWER "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nwell\n"

/* The port may be chosen by the environment of the container. */
static in_port_t
port(void)
{
	const char *text = getenv("PORT");
	return htons((in_port_t)(text == NULL ? PORT : atoi(text)));
}

/* -1 if the port is taken, or none of ours. */
static int
listen_on(in_port_t at)
{
	const struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = at};
	const int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);

	/* Without this a restart would have to wait until the kernel forgets old connections. */
	if (fd == -1 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1 ||
	    bind(fd, (const struct sockaddr *)&address, sizeof address) == -1 ||
	    listen(fd, SOMAXCONN) == -1)
		return -1;
	return fd;
}

/* Until the empty line that ends the header. False if the client leaves, dawdles or says too much. */
static bool
read_request(int fd, char request[REQUEST_MAX])
{
	size_t size = 0;

	request[0] = '\0';
	while (strstr(request, "\r\n\r\n") == NULL) {
		const ssize_t more = read(fd, request + size, REQUEST_MAX - 1 - size);
		if (more <= 0)
			return false;
		size += (size_t)more;
		request[size] = '\0';
	}
	return true;
}

static void
serve(int fd)
{
	const struct timeval patience = {.tv_sec = PATIENCE_S};
	char request[REQUEST_MAX];

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == -1 ||
	    !read_request(fd, request))
		return;
	const size_t line = strcspn(request, "\r");
	request[line] = '\n';
	/* A log that nobody reads, or a client that has gone, does not end the service. */
	if (write(STDOUT_FILENO, request, line + 1) == -1 ||
	    write(fd, ANSWER, sizeof ANSWER - 1) == -1)
		return;
}

int
main(void)
{
	const int listening = listen_on(port());

	signal(SIGPIPE, SIG_IGN);
	if (listening == -1 || write(READY_FD, "\n", 1) != 1)
		return 111;
	for (;;) {
		const int fd = accept(listening, NULL, NULL);
		if (fd == -1) {
			sleep(1); /* descriptors or memory are short: that passes */
			continue;
		}
		serve(fd);
		close(fd);
	}
}
