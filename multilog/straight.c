/* straight: see straight.h.
 * SPDX-License-Identifier: ISC */
#include "straight.h"

#include "batch.h"
#include "logdir.h"
#include "rotate.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
	LOOK_MAX = 4096,    /* what is looked at: more than the slack at the end of a file */
	PLENTY = 16 * 1024, /* a writer that fills the pipe has left this much in it */
};

static const struct trouble_words writing = {"unable to write to ", "/" LOGDIR_CURRENT};

bool
straight_fits(const struct script *script)
{
	return !script->stamps && script->count == 1 && script->actions[0].kind == SCRIPT_DIRECTORY;
}

void
straight_open(struct straight *straight, struct intake *intake, struct directory *directory)
{
	*straight = (struct straight){.intake = intake, .directory = directory};
}

bool
straight_in_line(struct straight *straight)
{
	if (straight->line == STRAIGHT_UNKNOWN)
		straight->line =
		    directory_ends_line(straight->directory) ? STRAIGHT_DONE : STRAIGHT_BEGUN;
	return straight->line == STRAIGHT_BEGUN;
}

bool
straight_in_rush(struct straight *straight)
{
	return straight->rushed && straight_in_line(straight);
}

void
straight_forget_line(struct straight *straight)
{
	straight->line = STRAIGHT_UNKNOWN;
	straight->busy = false;
}

/* How many bytes were moved, at most MOST, and not more than 0 if it has to wait. False if it cannot
 * be done in this way. */
static bool
move(struct straight *straight, size_t most, ssize_t *moved)
{
	struct directory *directory = straight->directory;

	*moved = intake_move(straight->intake, directory->fd_current, NULL, most);
	if (*moved == -1 && errno == EINVAL)
		return false;
	if (*moved == -1) {
		intake_pause(straight->intake, &writing, directory->path, errno, TROUBLE_DISK_MS);
		return true;
	}
	directory->bytes += (uint64_t)*moved;
	straight->busy = *moved >= PLENTY;
	return true;
}

static enum straight_end
rush(struct straight *straight)
{
	ssize_t moved;

	straight->line = STRAIGHT_UNKNOWN;
	straight->rushed = true;
	return move(straight, (size_t)directory_blind(straight->directory), &moved)
		   ? STRAIGHT_TAKEN
		   : STRAIGHT_REFUSED;
}

/* How many of the GOT bytes of TEXT go into current now: up to the newline that makes it full, or to
 * the first, or else to the last one. Without a newline all if the line was begun or is long. */
static size_t
choose_end(struct straight *straight, const char *text, size_t got, bool to_line_end)
{
	const uint64_t blind = directory_blind(straight->directory);
	const size_t first = to_line_end ? 0 : blind < got ? (size_t)blind : got;
	const char *newline = memchr(text + first, '\n', got - first);

	if (newline == NULL)
		newline = memrchr(text, '\n', got);
	if (newline != NULL)
		return (size_t)(newline - text) + 1;
	return got >= BATCH_SEEN || straight_in_line(straight) ? got : 0;
}

static enum straight_end
take_lines(struct straight *straight, bool to_line_end)
{
	struct directory *directory = straight->directory;
	const uint64_t room = directory->settings->size - directory->bytes;
	char text[LOOK_MAX];
	ssize_t moved;
	const size_t got =
	    intake_look(straight->intake, text, room < sizeof text ? (size_t)room : sizeof text);

	if (got == 0)
		return STRAIGHT_TAKEN;
	if (got == sizeof text && directory_blind(directory) > got && !to_line_end)
		return rush(straight);
	const size_t most = choose_end(straight, text, got, to_line_end);
	if (most == 0)
		return STRAIGHT_HEAD;
	if (!move(straight, most, &moved))
		return STRAIGHT_REFUSED;
	if (moved <= 0)
		return STRAIGHT_TAKEN;
	straight->line = text[moved - 1] == '\n' ? STRAIGHT_DONE : STRAIGHT_BEGUN;
	straight->rushed = straight->rushed && memchr(text, '\n', (size_t)moved) == NULL;
	if (straight->line == STRAIGHT_DONE && directory_is_full(directory))
		directory_begin_rotation(directory);
	return STRAIGHT_TAKEN;
}

enum straight_end
straight_take(struct straight *straight, bool to_line_end)
{
	struct directory *directory = straight->directory;

	/* A file that ends inside a long line waits for the next byte to be rotated. */
	if (directory->bytes >= directory->settings->size) {
		directory_begin_rotation(directory);
		return STRAIGHT_TAKEN;
	}
	if (straight->busy && !to_line_end && directory_blind(directory) > 0)
		return rush(straight);
	/* Somebody may have emptied the file. Not asked for in a rush. */
	const off_t end = lseek(directory->fd_current, 0, SEEK_END);
	if (end != -1)
		directory->bytes = (uint64_t)end;
	return take_lines(straight, to_line_end);
}

void
straight_end_line(struct straight *straight)
{
	straight->ending = (struct directory_text){"\n", 1};
}

/* If it cannot be told, the next one takes its first line for the rest of this one, as 0.76 would. */
void
straight_leave(struct straight *straight)
{
	struct directory *directory = straight->directory;
	const uint32_t flags = directory->record.flags & RECORD_SPOOLS;

	directory->leaves = directory_note(directory, flags | RECORD_HELD | RECORD_LEFT) &&
			    fsync(directory->fd_record) == 0;
}

bool
straight_settle(struct straight *straight)
{
	return directory_append(straight->directory, &straight->ending) &&
	       rotate_run(straight->directory);
}
