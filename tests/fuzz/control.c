/* control: any bytes in the control FIFO, while children come and go: every letter is obeyed or
 * ignored as supervise-control(5) says, and the promises of machine_test hold at each step. Bytes
 * from 128 on are what happens in between; decisions about new children come from the back.
 * SPDX-License-Identifier: ISC */
#include "../../supervise/machine.c"

#include "../unit/machine_promise.h"

#include "fuzz.h"

#define fd_read fuzz_read
#define servicedir_set_down fuzz_set_down
#define servicedir_clear_down fuzz_clear_down
#include "../../supervise/control.c"

static struct fuzz input;
static struct world world;
static bool down_file;
static struct service service;

/* ---- What control.c calls ----------------------------------------------------------------- */

/* All letters up to the next event are there at once. */
ssize_t
fuzz_read(int fd, void *buffer, size_t size)
{
	size_t count = 0;

	(void)fd;
	while (count < size && input.size > 0 && input.data[0] < 128)
		((char *)buffer)[count++] = (char)fuzz_byte(&input);
	return (ssize_t)count;
}

int
fuzz_set_down(int dir)
{
	(void)dir;
	down_file = true;
	return 0;
}

int
fuzz_clear_down(int dir)
{
	(void)dir;
	down_file = false;
	return 0;
}

void
publish(struct service *published)
{
	(void)published;
}

/* One event, and the promises about it. */
static void
step(enum machine_event event)
{
	const struct world old = world;
	const unsigned effects = happen(&world, event);

	check_step(&old, &world, event, effects);
	check_world(&world);
	PROMISE(failures == 0);
}

/* The child that was asked for is made, is not needed, or finds no room. */
static void
answer(void)
{
	while (world.asked) {
		const uint8_t choice = fuzz_last(&input) % 4;
		if (choice < 2)
			world.asked = false;
		else if (choice == 3 && world.child != LEFTOVERS)
			step(EVENT_FORK_FAILED);
		else
			step(EVENT_NOTHING);
	}
}

bool
effect_happen(struct service *of, enum machine_event event, int signal, bool to_group)
{
	const bool has_signal =
	    (event & (EVENT_SIGNAL | EVENT_KILL | EVENT_PAUSE | EVENT_CONTINUE | EVENT_RESTART)) !=
	    0;

	PROMISE(of == &service && !of->ignoring && !of->to_group);
	PROMISE((signal != 0) == has_signal);
	(void)to_group;
	step(event);
	answer();
	return world.child != NO_SUPERVISE;
}

/* ---- The world ---------------------------------------------------------------------------- */

/* Some news of those that are possible; a doomed child dies before anything else is read. */
static void
happen_any(uint8_t choice)
{
	do {
		const unsigned can = possible(&world) & ~(unsigned)COMMANDS;
		unsigned left = (unsigned)__builtin_popcount(can), event = 0;
		if (left == 0)
			return;
		for (left = choice % left; event == 0 || left-- > 0;)
			event = can & (event == 0 ? ~0U : ~(event | (event - 1))),
			event &= ~event + 1;
		step((enum machine_event)event);
		answer();
	} while (world.doomed);
}

/* What the letters of one reading mean by the page alone, in plain words. */
static unsigned long
expected_commands(const struct fuzz *letters)
{
	size_t count = 0;

	while (count < letters->size && letters->data[count] < 128 && count < LETTERS_PER_TURN)
		count++;
	return count;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool there = true;

	input = (struct fuzz){data, size};
	memset(&service, 0, sizeof service);
	service.name = "web";
	world = (struct world){.fresh = true};
	world.machine.want = (fuzz_last(&input) & 1) != 0 ? SV_WANT_DOWN : SV_WANT_UP;
	step(EVENT_BEGIN);
	answer();
	while (there && input.size > 0) {
		if (input.data[0] >= 128) {
			happen_any(fuzz_byte(&input));
			there = world.child != NO_SUPERVISE;
			continue;
		}
		const unsigned long before = service.commands;
		const unsigned long letters = expected_commands(&input);
		there = control_read(&service);
		PROMISE(there ? service.commands == before + letters || input.size == 0
			      : service.commands <= before + letters);
		PROMISE(there == (world.child != NO_SUPERVISE));
	}
	return 0;
}
