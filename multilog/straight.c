/* straight: see straight.h.
 * SPDX-License-Identifier: ISC */
#include "straight.h"

#include "logdir.h"

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

/* How many bytes of what is in the pipe go into current now, and in *FULL whether the last of them
 * is a newline that we look for. 0 = nothing was found. */
static size_t
look_for_end(struct straight *straight, bool to_line_end, bool *full)
{
	const struct directory *directory = straight->directory;
	const uint64_t room = directory->settings->size - directory->bytes;
	char text[LOOK_MAX];
	const size_t got =
	    intake_look(straight->intake, text, room < sizeof text ? (size_t)room : sizeof text);
	const size_t first = to_line_end ? 0 : (size_t)directory_blind(directory);

	*full = false;
	const char *newline = first < got ? memchr(text + first, '\n', got - first) : NULL;
	if (newline == NULL)
		return got;
	*full = true;
	return (size_t)(newline - text) + 1;
}

/* False if that cannot be done in this way. */
static bool
move(struct straight *straight, size_t most, bool full)
{
	struct directory *directory = straight->directory;
	const ssize_t moved = intake_move(straight->intake, directory->fd_current, most);

	if (moved == -1) {
		if (errno == EINVAL)
			return false;
		intake_pause(straight->intake, &writing, directory->path, errno, TROUBLE_DISK_MS);
		return true;
	}
	directory->bytes += (uint64_t)moved;
	straight->busy = moved >= PLENTY;
	if (full && (size_t)moved == most && directory_blind(directory) == 0)
		directory_begin_rotation(directory);
	return true;
}

bool
straight_take(struct straight *straight, bool to_line_end)
{
	struct directory *directory = straight->directory;
	bool full = false;

	/* A file that ends inside a long line waits for the next byte to be rotated. */
	if (directory->bytes >= directory->settings->size) {
		directory_begin_rotation(directory);
		return true;
	}
	/* Somebody may have emptied the file. Not asked for while there is plenty to do. */
	if (!straight->busy) {
		const off_t end = lseek(directory->fd_current, 0, SEEK_END);
		if (end != -1 && (uint64_t)end < directory->bytes)
			directory->bytes = (uint64_t)end;
	}
	uint64_t most = directory_blind(directory);
	if (to_line_end || most == 0)
		most = look_for_end(straight, to_line_end, &full);
	return most == 0 || move(straight, (size_t)most, full);
}

bool
straight_in_line(const struct straight *straight)
{
	return !directory_ends_line(straight->directory);
}

void
straight_end_line(struct straight *straight)
{
	straight->ending = (struct directory_text){"\n", 1};
}

bool
straight_settle(struct straight *straight)
{
	return directory_append(straight->directory, &straight->ending);
}
