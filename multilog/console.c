/* console: see console.h.
 * SPDX-License-Identifier: ISC */
#include "console.h"

#include "clock.h"
#include "deliver.h"
#include "fd.h"
#include "lines.h"
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOCK_MS = 1 /* others have the lock for one write, unless the pipe is full */ };

void
console_open(struct console *console)
{
	struct stat st;

	console->shared = fstat(STDOUT_FILENO, &st) == 0 && S_ISFIFO(st.st_mode);
}

/* ---- Lines ----------------------------------------------------------------------------------- */

/* What was on its way is out. A divided line goes on with the same stamp and prefix. */
static void
forget_whole(struct console *console)
{
	if (!console->whole)
		return;
	console->begun = console->divided;
	console->length = console->front;
	console->whole = console->divided = false;
}

/* The line is as long as it may be, or is to end here: the newline is ours. */
static void
end_part(struct console *console)
{
	console->line[console->length++] = '\n';
	console->whole = true;
}

/* Takes what fits of piece I, from OFFSET on, which moves. A line that is exactly as long as it may
 * be is not divided before something else than its newline has come. */
static void
take_part(struct console *console, const struct batch *batch, size_t i, size_t *offset,
    const struct script_action *action)
{
	size_t length;
	const char *piece = lines_piece(batch, i, &length);

	if (!console->begun) {
		const size_t stamp = lines_stamp(batch, i);
		console->front = lines_put(console->line, piece, stamp, stamp, action);
		console->length = console->front;
		console->begun = true;
		*offset = stamp;
	}
	const size_t room = console->front + CONSOLE_LINE - console->length;
	const size_t left = length - *offset;
	const size_t part = left < room ? left : room;
	memcpy(console->line + console->length, piece + *offset, part);
	console->length += part;
	*offset += part;
	console->whole = part > 0 && piece[*offset - 1] == '\n';
	if (console->whole || *offset == length)
		return;
	console->divided = piece[*offset] != '\n';
	*offset += !console->divided;
	end_part(console);
}

/* Whether piece I can be written as it is. */
static bool
is_line(const struct console *console, const struct batch *batch, size_t i)
{
	size_t length;
	const char *piece = lines_piece(batch, i, &length);

	return !console->begun && (i > 0 || !batch->continues) && length <= CONSOLE_LINE &&
	       piece[length - 1] == '\n';
}

/* A piece that belongs to a line in parts. True if there is something to be written now. */
static bool
take_piece(struct deliver *deliver, struct console *console, const struct script_action *action)
{
	size_t length;

	take_part(console, deliver->batch, deliver->piece, &deliver->offset, action);
	(void)lines_piece(deliver->batch, deliver->piece, &length);
	if (deliver->offset == length) {
		deliver->offset = 0;
		deliver->piece++;
	}
	return console->whole;
}

/* Gathers lines, or one that came in parts. False if the batch has no more that could be written. */
static bool
gather(struct deliver *deliver, struct console *console, const struct script_action *action)
{
	const struct batch *batch = deliver->batch;
	size_t used = 0, length;

	forget_whole(console);
	while (deliver->piece < batch->count) {
		const size_t i = deliver->piece;
		if (!deliver->selected[i]) {
			deliver->piece++;
			continue;
		}
		const bool simple = deliver->offset == 0 && is_line(console, batch, i);
		if (!simple && used > 0)
			break;
		if (!simple && take_piece(deliver, console, action)) {
			deliver->rest = (struct directory_text){console->line, console->length};
			return true;
		}
		if (!simple)
			continue;
		const char *line = lines_piece(batch, i, &length);
		if (length + action->prefix_length > sizeof deliver->gathered - used)
			break;
		used +=
		    lines_put(deliver->gathered + used, line, length, batch->stamp_length, action);
		deliver->piece++;
	}
	deliver->rest = (struct directory_text){deliver->gathered, used};
	return used > 0;
}

/* ---- The lock -------------------------------------------------------------------------------- */

/* One write of up to PIPE_BUF bytes is never divided by the kernel, a longer one is. So whoever is
 * inside of a line keeps the others out. The lock belongs to the process and to the pipe (fcntl(2)):
 * flock(2) would be the same one for all who have inherited the descriptor. */
static bool
lock(struct console *console)
{
	const struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	if (!console->shared || console->locked)
		return true;
	console->again_ms = 0;
	console->locked = fcntl(STDOUT_FILENO, F_SETLK, &whole) == 0;
	if (console->locked || (errno != EAGAIN && errno != EACCES))
		return true; /* where there are no locks, short lines are whole all the same */
	console->again_ms = clock_ms() + LOCK_MS;
	return false;
}

static void
unlock(struct console *console)
{
	const struct flock whole = {.l_type = F_UNLCK, .l_whence = SEEK_SET};

	if (console->locked)
		(void)fcntl(STDOUT_FILENO, F_SETLK, &whole); /* cannot fail where locking did not */
	console->locked = false;
}

bool
console_wait(const struct console *console, int64_t *deadline_ms)
{
	if (console->again_ms == 0)
		return true;
	*deadline_ms = console->again_ms;
	return false;
}

/* ---- Writing --------------------------------------------------------------------------------- */

/* What cannot be written to a full disk waits. Otherwise nobody is there to read it. True if it is
 * given up. */
static bool
judge(struct console *console, struct deliver_target *target, int error)
{
	static const struct trouble_words writing = {"unable to write output", ""};

	if (error == EAGAIN)
		return false;
	if (error == ENOSPC || error == EDQUOT) {
		trouble_begin(&target->trouble, &writing, "", "", error, TROUBLE_DISK_MS);
		return false;
	}
	if (msg_due(&console->fault, error, clock_ms()))
		msg_warn_sys(error, "unable to write output");
	return true;
}

/* Writes REST; false if it has to wait. The lock is kept only inside of a line, so that nobody waits
 * for somebody who waits for room. */
static bool
put(struct console *console, struct deliver_target *target, struct directory_text *rest)
{
	while (rest->length > 0) {
		console->again_ms = 0;
		if (!stream_is_writable(STDOUT_FILENO) || !lock(console))
			return false;
		const ssize_t written = fd_write(STDOUT_FILENO, rest->bytes, stream_part(rest));
		if (written == -1 && !judge(console, target, errno))
			return false;
		const size_t done = written == -1 ? rest->length : (size_t)written;
		if (written > 0)
			trouble_end(&target->trouble);
		rest->bytes += done;
		rest->length -= done;
		if (rest->bytes[-1] == '\n')
			unlock(console);
	}
	return true;
}

bool
console_carry(
    struct deliver *deliver, struct deliver_target *target, const struct script_action *action)
{
	struct console *console = target->console;

	if (!deliver->begun)
		lines_begin(deliver, target);
	deliver->begun = true;
	if (trouble_waits(&target->trouble) && !deliver->given_up)
		return false;
	do {
		if (!deliver->given_up && !put(console, target, &deliver->rest))
			return false;
	} while (gather(deliver, console, action));
	return true;
}

void
console_end(struct console *console)
{
	if (!console->begun || console->whole || console->length == console->front)
		return;
	end_part(console);
	const struct directory_text rest = {console->line, console->length};
	/* A line of more than PIPE_BUF bytes may lose its end here; nobody could be waited for. */
	if (stream_is_writable(STDOUT_FILENO) && lock(console))
		(void)fd_write(STDOUT_FILENO, rest.bytes, stream_part(&rest));
}
