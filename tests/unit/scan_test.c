/* scan_test: what looks at the scan directory change (scan), what is to be done then (plan), and
 * how both are found again among many (map). Ends with random histories, in which nothing may ever
 * be started twice, ended unasked, or forgotten alive. SPDX-License-Identifier: ISC */
#include "../../svscan/map.c"
#include "../../svscan/plan.c"
#include "../../svscan/scan.c"

#include "check.h"

enum { DEVICE = 7, T = 5000000 /* some time, ms */ };

static struct scan scan;

/* Frees everything, so that a leak in scan itself is not hidden among ours. */
static void
close_scan(void)
{
	while (scan.count > 0)
		scan_forget(&scan, scan.services[0]);
	scan_begin(&scan);
	scan_end(&scan, T); /* forgets the junk */
	free(scan.services);
	map_close(&scan.by_identity);
	map_close(&scan.by_pid);
	map_close(&scan.by_watch);
	map_close(&scan.junk_by_name);
}

static void
open_scan(bool keep)
{
	if (scan.by_pid.buckets != NULL)
		close_scan();
	CHECK(scan_open(&scan, keep));
}

static struct scan_service *
see(const char *name, ino_t inode, enum scan_kind kind, int64_t now_ms)
{
	return scan_see(&scan, name, DEVICE, inode, kind, now_ms);
}

/* One look that meets NAMES, the link to inode i under the name i; NULL = not there. */
static void
look(const char *const *names, size_t count, int64_t now_ms)
{
	scan_begin(&scan);
	for (size_t i = 0; i < count; i++)
		if (names[i] != NULL)
			see(names[i], i, SCAN_LINK, now_ms);
	scan_end(&scan, now_ms);
}

static enum plan_action
next(const struct scan_service *service, int64_t now_ms)
{
	return plan_next(&scan, service, now_ms).action;
}

static int64_t
due(const struct scan_service *service, int64_t now_ms)
{
	return plan_next(&scan, service, now_ms).due_ms;
}

static void
give_pipe(struct scan_service *service)
{
	service->log_read_fd = 100;
	service->log_write_fd = 101;
	service->drained = false;
}

/* ---- map ------------------------------------------------------------------------------------- */

struct thing {
	struct map_node node;
	uint64_t number;
};

static size_t
longest_chain(const struct map *map)
{
	size_t longest = 0;
	for (size_t i = 0; i < map->size; i++) {
		size_t length = 0;
		for (const struct map_node *node = map->buckets[i]; node != NULL; node = node->next)
			length++;
		longest = length > longest ? length : longest;
	}
	return longest;
}

static void
test_map(void)
{
	enum { MANY = 20000 };
	static struct thing things[MANY];
	struct map map;

	CHECK(map_open(&map));
	for (size_t i = 0; i < MANY; i++) {
		things[i].number = i * 4096; /* as regular as inodes and process numbers get */
		map_add(&map, &things[i].node, map_hash_number(things[i].number));
	}
	CHECK(map.count == MANY);
	CHECK(longest_chain(&map) < 16); /* linear overall, not quadratic */
	for (size_t i = 0; i < MANY; i++) {
		const struct map_node *node = map_first(&map, map_hash_number(i * 4096));
		CHECK(node == &things[i].node);
		CHECK(map_next(node) == NULL);
	}
	for (size_t i = 0; i < MANY; i += 2)
		map_remove(&map, &things[i].node);
	for (size_t i = 0; i < MANY; i++)
		CHECK((map_first(&map, things[i].node.hash) != NULL) == (i % 2 == 1));

	struct thing twin = {.number = 4096};
	map_add(&map, &twin.node, things[1].node.hash);
	const struct map_node *one = map_first(&map, twin.node.hash);
	const struct map_node *two = map_next(one);
	CHECK(one != two && two != NULL && map_next(two) == NULL);
	CHECK(map_hash_text("a") != map_hash_text("b"));
	free(map.buckets);
}

/* ---- scan ------------------------------------------------------------------------------------ */

static void
test_identity(void)
{
	open_scan(false);
	scan_begin(&scan);
	struct scan_service *a = see("a", 1, SCAN_LINK, T);
	CHECK(see("again", 1, SCAN_LINK, T) == a);
	struct scan_service *other = scan_see(&scan, "b", DEVICE + 1, 1, SCAN_LINK, T);
	CHECK(other != a);
	scan_end(&scan, T);
	CHECK(scan.count == 2);
	CHECK_TEXT(a->name, "a");
	CHECK(scan.due_ms == T);

	/* The first name goes, the second stays: the same service under its other name. */
	scan_begin(&scan);
	CHECK(see("again", 1, SCAN_LINK, T) == a);
	scan_see(&scan, "b", DEVICE + 1, 1, SCAN_LINK, T);
	scan_end(&scan, T);
	CHECK_TEXT(a->name, "again");
	CHECK(a->missed_ms == CLOCK_NEVER && scan.missing == 0);

	/* Another directory under an old name is another service; the old one is missed. */
	scan_begin(&scan);
	struct scan_service *new = see("again", 5, SCAN_LINK, T);
	scan_see(&scan, "b", DEVICE + 1, 1, SCAN_LINK, T);
	scan_end(&scan, T);
	CHECK(new != a &&scan.count == 3 && scan.missing == 1);
}

static void
test_removal(void)
{
	const char *const both[] = {"a", "b"}, *const one[] = {"a", NULL};

	open_scan(false);
	look(both, 2, T);
	struct scan_service *b = see("b", 1, SCAN_LINK, T);
	look(one, 2, T + 10);
	CHECK(scan.missing == 1 && !b->removed);
	look(one, 2, T + 10 + SCAN_MISSING_MS - 1);
	CHECK(!b->removed);
	look(one, 2, T + 10 + SCAN_MISSING_MS);
	CHECK(b->removed && scan.missing == 0);

	/* There again in between: the count begins anew. */
	look(both, 2, T + 500);
	CHECK(!b->removed);
	look(one, 2, T + 600);
	look(both, 2, T + 650);
	CHECK(scan.missing == 0);
	look(one, 2, T + 700);
	CHECK(!b->removed);

	/* A look that could not read everything concludes nothing. */
	scan_begin(&scan);
	scan_abandon(&scan);
	CHECK(!b->removed && scan.missing == 0 && scan.troubled);
	look(one, 2, T + 5000);
	CHECK(!b->removed && scan.missing == 1);
	CHECK(!scan.troubled);

	/* A hint says that it is there again, under a new name. */
	CHECK(see("new", 1, SCAN_LINK, T + 5010) == b);
	CHECK_TEXT(b->name, "new");
	CHECK(scan.missing == 0);
}

/* Its supervise leaves between the two looks. */
static void
test_left_while_missing(void)
{
	open_scan(false);
	const char *const one[] = {"a"}, *const none[] = {NULL};
	look(one, 1, T);
	struct scan_service *a = see("a", 0, SCAN_LINK, T);
	plan_started(&scan, a, SCAN_SERVICE, 1000, T);
	look(none, 1, T + 5000);
	plan_died(&scan, a, SCAN_SERVICE, T + 5010);
	CHECK(next(a, T + 5010) == PLAN_NOTHING);

	/* There all the same: at once. */
	scan.due_ms = CLOCK_NEVER;
	look(one, 1, T + 5050);
	CHECK(scan.due_ms <= T + 5050);
	CHECK(next(a, T + 5050) == PLAN_START_SERVICE);

	/* Its link leads nowhere, or nothing can be concluded: it was not removed. */
	look(none, 1, T + 5100);
	scan.due_ms = CLOCK_NEVER;
	scan_begin(&scan);
	scan_abandon(&scan);
	CHECK(scan.due_ms <= T + 5150);
	CHECK(next(a, T + 5150) == PLAN_START_SERVICE);

	/* Removed. */
	look(none, 1, T + 5200);
	look(none, 1, T + 5200 + SCAN_MISSING_MS);
	CHECK(next(a, T + 5300) == PLAN_FORGET);
}

static void
test_hidden(void)
{
	open_scan(false);
	scan_begin(&scan);
	struct scan_service *a = see("a", 1, SCAN_LINK, T);
	scan_end(&scan, T);
	/* The link is there, but leads nowhere for the moment: it goes on. */
	for (int i = 1; i <= 3; i++) {
		scan_begin(&scan);
		CHECK(scan_junk(&scan, "a", ENOENT) == (i == 1));
		scan_end(&scan, T + 1000 * i);
		CHECK(a->missed_ms == CLOCK_NEVER && !a->removed && scan.troubled);
	}
	/* A plain file took its name: it is gone. */
	for (int i = 4; i <= 5; i++) {
		scan_begin(&scan);
		scan_junk(&scan, "a", ENOTDIR);
		scan_end(&scan, T + 1000 * i);
	}
	CHECK(a->removed && !scan.troubled);
}

static void
test_junk(void)
{
	static const char *const names[] = {"file", "a b", "%s%n", "-x", "\n", "file2"};
	enum { NAMES = sizeof names / sizeof *names };

	open_scan(false);
	for (int i = 0; i < 5; i++) {
		scan_begin(&scan);
		for (size_t j = 0; j < NAMES; j++)
			CHECK(scan_junk(&scan, names[j], ENOTDIR) == (i == 0));
		scan_end(&scan, T + i);
		CHECK(!scan.troubled); /* it cannot change without the scan directory */
	}
	CHECK(scan_junk(&scan, "file", ELOOP));  /* something else is wrong now */
	CHECK(!scan_junk(&scan, "file", ELOOP)); /* between two looks, too */
	scan_begin(&scan);
	scan_end(&scan, T + 10);
	CHECK(scan.junk == NULL && scan.junk_by_name.count == 0);
	CHECK(scan_junk(&scan, "file", ENOTDIR)); /* it was gone */
}

static void
test_building(void)
{
	open_scan(false);
	struct scan_service *made = see("made", 1, SCAN_MADE, T);
	struct scan_service *whole = see("whole", 2, SCAN_WHOLE, T);
	CHECK(next(whole, T) == PLAN_CHECK);
	CHECK(!scan_checked(&scan, whole, true, 5000, T));
	CHECK(next(whole, T) == PLAN_START_SERVICE);

	CHECK(next(made, T) == PLAN_NOTHING && due(made, T) == T + SCAN_QUIET_MS);
	scan_changed(&scan, made, T + 30);
	CHECK(next(made, T + 79) == PLAN_NOTHING);
	CHECK(next(made, T + 80) == PLAN_CHECK);
	CHECK(!scan_checked(&scan, made, false, 5000, T + 80));
	CHECK(due(made, T + 80) == T + 5000);
	CHECK(scan_checked(&scan, made, false, 5000, T + 5000)); /* said once ... */
	CHECK(due(made, T + 5000) == CLOCK_NEVER);
	scan_changed(&scan, made, T + 9000);
	CHECK(next(made, T + 9050) == PLAN_CHECK);
	CHECK(!scan_checked(&scan, made, false, 5000, T + 9050)); /* ... and only once */

	/* Nobody would tell of a change: the looks have to go on. */
	scan_begin(&scan);
	see("made", 1, SCAN_MADE, T + 9100);
	scan_end(&scan, T + 9100);
	CHECK(scan.troubled);
	scan_set_watch(&scan, made, 3);
	CHECK(scan_of_watch(&scan, 3) == made && scan_of_watch(&scan, 4) == NULL);
	scan_begin(&scan);
	see("made", 1, SCAN_MADE, T + 9100);
	scan_end(&scan, T + 9100);
	CHECK(!scan.troubled);
	scan_set_watch(&scan, made, -1);
	CHECK(scan_of_watch(&scan, 3) == NULL);

	/* A link to it means that it is complete. Without one, removed: nothing to end. */
	CHECK(see("link", 1, SCAN_LINK, T + 9200) == made && !made->building);
	made->building = made->removed = true;
	CHECK(next(made, T + 9200) == PLAN_FORGET);
}

/* ---- plan ------------------------------------------------------------------------------------ */

static void
test_pace(void)
{
	open_scan(false);
	struct scan_service *a = see("a", 1, SCAN_LINK, T);
	enum scan_role role;

	CHECK(next(a, T) == PLAN_START_SERVICE);
	plan_started(&scan, a, SCAN_SERVICE, 50, T);
	CHECK(scan_of_pid(&scan, 50, &role) == a && role == SCAN_SERVICE);
	CHECK(next(a, T) == PLAN_NOTHING && due(a, T) == CLOCK_NEVER);
	plan_died(&scan, a, SCAN_SERVICE, T + 10);
	CHECK(scan_of_pid(&scan, 50, &role) == NULL);
	CHECK(next(a, T + 10) == PLAN_NOTHING && due(a, T + 10) == T + SCAN_PACE_MS);
	CHECK(next(a, T + 999) == PLAN_NOTHING);
	CHECK(next(a, T + 1000) == PLAN_START_SERVICE);
	plan_started(&scan, a, SCAN_SERVICE, 51, T + 1000);
	plan_died(&scan, a, SCAN_SERVICE, T + 9000);
	CHECK(next(a, T + 9000) == PLAN_START_SERVICE); /* old enough: at once */

	static const int delays[] = {100, 200, 400, 800, 1000, 1000};
	int64_t now_ms = T + 9000;
	for (size_t i = 0; i < sizeof delays / sizeof *delays; i++) {
		plan_failed(&scan, a, SCAN_SERVICE, now_ms);
		CHECK(due(a, now_ms) == now_ms + delays[i]);
		now_ms += delays[i];
	}
	plan_started(&scan, a, SCAN_SERVICE, 52, now_ms);
	plan_failed(&scan, a, SCAN_SERVICE, now_ms);
	CHECK(a->child[SCAN_SERVICE].due_ms == now_ms + 100);
}

/* A logged service with both supervises running. */
static struct scan_service *
logged(bool keep)
{
	open_scan(keep);
	struct scan_service *a = see("a", 1, SCAN_LINK, T);
	CHECK(next(a, T) == PLAN_START_SERVICE);
	give_pipe(a);
	plan_started(&scan, a, SCAN_SERVICE, 50, T);
	CHECK(next(a, T) == PLAN_START_LOGGER);
	plan_started(&scan, a, SCAN_LOGGER, 51, T);
	CHECK(next(a, T) == PLAN_NOTHING);
	CHECK(scan.running[SCAN_SERVICE] == 1 && scan.running[SCAN_LOGGER] == 1);
	enum scan_role role;
	CHECK(scan_of_pid(&scan, 51, &role) == a && role == SCAN_LOGGER);
	return a;
}

static void
test_drain(void)
{
	struct scan_service *a = logged(false);

	a->removed = true;
	CHECK(next(a, T + 1) == PLAN_END_SERVICE);
	a->child[SCAN_SERVICE].asked = true;
	CHECK(next(a, T + 1) == PLAN_NOTHING);
	/* The logger lives as long as the service, also if it dies itself. */
	plan_died(&scan, a, SCAN_LOGGER, T + 2);
	CHECK(due(a, T + 2) == T + 1000);
	CHECK(next(a, T + 1000) == PLAN_START_LOGGER);
	plan_started(&scan, a, SCAN_LOGGER, 52, T + 1000);
	plan_died(&scan, a, SCAN_SERVICE, T + 1001);
	CHECK(next(a, T + 1001) == PLAN_END_LOGGER);
	/* The letter did not arrive: again later, until it does. */
	a->log_write_fd = -1;
	plan_failed(&scan, a, SCAN_LOGGER, T + 1001);
	CHECK(due(a, T + 1001) == T + 1101);
	CHECK(next(a, T + 1101) == PLAN_END_LOGGER);
	a->child[SCAN_LOGGER].asked = true;
	CHECK(next(a, T + 1101) == PLAN_NOTHING && due(a, T + 1101) == CLOCK_NEVER);
	/* It dies before it has read everything: once more, for as long as it takes. */
	for (pid_t pid = 53; pid < 60; pid++) {
		plan_died(&scan, a, SCAN_LOGGER, T + 100000 * pid);
		CHECK(next(a, T + 100000 * pid) == PLAN_START_LOGGER);
		plan_started(&scan, a, SCAN_LOGGER, pid, T + 100000 * pid);
		CHECK(next(a, T + 100000 * pid) == PLAN_END_LOGGER);
		a->child[SCAN_LOGGER].asked = true;
	}
	a->drained = true;
	plan_died(&scan, a, SCAN_LOGGER, T + 100000000);
	CHECK(next(a, T + 100000000) == PLAN_FORGET);
	scan_forget(&scan, a);
	CHECK(scan.count == 0);
}

/* Linked again while its logger drains: the same service goes on. */
static void
test_return(void)
{
	struct scan_service *a = logged(false);

	a->removed = true;
	a->child[SCAN_SERVICE].asked = true;
	plan_died(&scan, a, SCAN_SERVICE, T + 2000);
	a->log_write_fd = -1;
	a->child[SCAN_LOGGER].asked = true;
	CHECK(next(a, T + 2000) == PLAN_NOTHING);
	CHECK(see("back", 1, SCAN_LINK, T + 2001) == a);
	CHECK(next(a, T + 2001) == PLAN_START_SERVICE);
	plan_started(&scan, a, SCAN_SERVICE, 70, T + 2001);
	CHECK(next(a, T + 2001) == PLAN_NOTHING);
	plan_died(&scan, a, SCAN_LOGGER, T + 2002); /* it had been told to */
	CHECK(next(a, T + 2002) == PLAN_START_LOGGER);
}

static void
test_keep(void)
{
	struct scan_service *a = logged(true);

	a->removed = true;
	CHECK(next(a, T + 1) == PLAN_NOTHING);
	plan_died(&scan, a, SCAN_SERVICE, T + 5000);
	CHECK(next(a, T + 5000) == PLAN_NOTHING); /* as 0.76: the logger stays, too */
	plan_died(&scan, a, SCAN_LOGGER, T + 6000);
	CHECK(next(a, T + 6000) == PLAN_FORGET);
}

/* The supervise of a removed service was killed: another one has to end what it ran. */
static void
test_orphan(void)
{
	struct scan_service *a = logged(false);
	struct scan_child *child = &a->child[SCAN_SERVICE];

	a->removed = true;
	plan_died(&scan, a, SCAN_SERVICE, T + 10);
	child->orphan = true;
	a->log_write_fd = -1;
	a->child[SCAN_LOGGER].asked = true;
	CHECK(due(a, T + 10) == T + SCAN_PACE_MS);
	CHECK(next(a, T + 1000) == PLAN_START_SERVICE);
	plan_started(&scan, a, SCAN_SERVICE, 60, T + 1000);
	CHECK(!child->orphan && next(a, T + 1000) == PLAN_END_SERVICE);
	plan_failed(&scan, a, SCAN_SERVICE, T + 1000); /* it does not listen yet */
	CHECK(due(a, T + 1000) == T + 1100 && next(a, T + 1100) == PLAN_END_SERVICE);
	child->asked = true;
	plan_died(&scan, a, SCAN_SERVICE, T + 3000);
	plan_died(&scan, a, SCAN_LOGGER, T + 3000);
	child->orphan = a->drained = true;
	/* Early in a stop, too, also while it is still needed; later it is a stray, but known until
	 * the end. */
	plan_set_mode(&scan, SCAN_END_SERVICES, T + 3001);
	CHECK(next(a, T + 9000) == PLAN_START_SERVICE);
	a->held = true;
	CHECK(next(a, T + 9000) == PLAN_START_SERVICE);
	plan_set_mode(&scan, SCAN_END_STRAYS, T + 9000);
	CHECK(next(a, T + 9000) == PLAN_NOTHING);
	a->held = false;
	CHECK(next(a, T + 9000) == PLAN_NOTHING);
	child->orphan = false;
	CHECK(next(a, T + 9000) == PLAN_FORGET);

	a = logged(true);
	child = &a->child[SCAN_SERVICE];
	a->removed = child->orphan = true;
	plan_died(&scan, a, SCAN_SERVICE, T + 5000);
	CHECK(next(a, T + 5000) == PLAN_NOTHING); /* -k: left alone */
}

static void
test_adopted(void)
{
	const struct proc supervise = {.pid = 50, .ticks = 1234};
	enum scan_role role;

	open_scan(false);
	struct scan_service *a = see("a", 1, SCAN_LINK, T);
	struct scan_child *child = &a->child[SCAN_SERVICE];
	CHECK(child->process_fd == -1);
	plan_adopted(&scan, a, SCAN_SERVICE, &supervise, 9, T);
	CHECK(scan_of_pid(&scan, 50, &role) == a && role == SCAN_SERVICE);
	CHECK(scan.running[SCAN_SERVICE] == 1 && next(a, T) == PLAN_NOTHING);
	CHECK(child->adopted && child->ticks == 1234 && child->process_fd == 9 && child->heir);
	child->adopted = false; /* whoever watched it has let it go */
	plan_died(&scan, a, SCAN_SERVICE, T + 1);
	CHECK(next(a, T + 1) == PLAN_START_SERVICE); /* at once: it had been there before us */

	/* Another one has the lock, and is about to be adopted: also when the service is removed,
	 * and when everything stops. */
	child->pending = a->removed = true;
	plan_failed(&scan, a, SCAN_SERVICE, T + 1);
	CHECK(next(a, T + 1) == PLAN_NOTHING && due(a, T + 1) == T + 101);
	CHECK(next(a, T + 101) == PLAN_START_SERVICE && !plan_wants(&scan, a, SCAN_SERVICE));
	plan_set_mode(&scan, SCAN_END_SERVICES, T + 102);
	CHECK(next(a, T + 102) == PLAN_START_SERVICE);
	child->pending = false;
	CHECK(next(a, T + 102) == PLAN_FORGET);
	give_pipe(a);
	a->log_write_fd = -1;
	a->drained = a->child[SCAN_LOGGER].pending = true;
	plan_set_mode(&scan, SCAN_END_LOGGERS, T + 103);
	CHECK(next(a, T + 103) == PLAN_START_LOGGER && !plan_wants(&scan, a, SCAN_LOGGER));
	plan_set_mode(&scan, SCAN_END_ALL, T + 104);
	CHECK(next(a, T + 104) == PLAN_NOTHING);
}

static void
test_stop(void)
{
	struct scan_service *a = logged(false);
	struct scan_service *building = see("b", 2, SCAN_WHOLE, T);

	plan_set_mode(&scan, SCAN_END_SERVICES, T + 5);
	/* It was not come to yet: there may be something to adopt, but nothing is to be started. */
	CHECK(next(building, T + 5) == PLAN_START_SERVICE);
	CHECK(!plan_wants(&scan, building, SCAN_SERVICE));
	building->child[SCAN_SERVICE].pending = false;
	CHECK(next(building, T + 5) == PLAN_NOTHING);
	/* Something that needs it has not gone yet. */
	a->held = true;
	CHECK(next(a, T + 5) == PLAN_NOTHING && due(a, T + 5) == CLOCK_NEVER);
	a->held = false;
	CHECK(next(a, T + 5) == PLAN_END_SERVICE);
	a->child[SCAN_SERVICE].asked = true;
	plan_died(&scan, a, SCAN_SERVICE, T + 5000);
	CHECK(next(a, T + 9000) == PLAN_NOTHING); /* not started again */
	plan_died(&scan, a, SCAN_LOGGER, T + 9000);
	CHECK(next(a, T + 9000) == PLAN_START_LOGGER); /* others may still write */
	plan_started(&scan, a, SCAN_LOGGER, 80, T + 9000);

	plan_set_mode(&scan, SCAN_END_LOGGERS, T + 9001);
	plan_set_mode(&scan, SCAN_RUN, T + 9001); /* never back */
	CHECK(next(a, T + 9001) == PLAN_END_LOGGER);
	a->log_write_fd = -1;
	a->child[SCAN_LOGGER].asked = true;
	for (pid_t pid = 81; pid <= 83; pid++) {
		plan_died(&scan, a, SCAN_LOGGER, T + 9002);
		CHECK(plan_owes_logger(&scan, a));
		CHECK(next(a, T + 9002) == PLAN_START_LOGGER); /* no pause now ... */
		plan_started(&scan, a, SCAN_LOGGER, pid, T + 9002);
	}
	plan_died(&scan, a, SCAN_LOGGER, T + 9002);
	CHECK(!plan_owes_logger(&scan, a)); /* ... but three times at most */
	CHECK(next(a, T + 9002) == PLAN_NOTHING);

	plan_set_mode(&scan, SCAN_END_ALL, T + 9003);
	CHECK(next(a, T + 9003) == PLAN_NOTHING && next(building, T + 9003) == PLAN_NOTHING);
}

/* ---- Random histories ------------------------------------------------------------------------ */

enum { DIRECTORIES = 6, STEPS = 200000 };

static struct {
	bool linked, alive[SCAN_ROLES];
	bool told[SCAN_ROLES];
} truth[DIRECTORIES];

static unsigned
any(unsigned limit)
{
	static uint32_t state = 2463534242u; /* xorshift: the same history every time */
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % limit;
}

/* Carries out what the plan says, or lets it fail, and checks that it may be said at all. */
static bool
obey(struct scan_service *service, enum plan_action action, int64_t now_ms)
{
	static pid_t last_pid = 100;
	const size_t i = (size_t)service->inode;
	enum scan_role role =
	    action == PLAN_START_LOGGER || action == PLAN_END_LOGGER ? SCAN_LOGGER : SCAN_SERVICE;

	switch (action) {
	case PLAN_START_SERVICE:
	case PLAN_START_LOGGER:
		CHECK(!truth[i].alive[role]);
		if (action == PLAN_START_SERVICE)
			CHECK(!service->removed || service->child[role].orphan);
		if (any(4) == 0) {
			plan_failed(&scan, service, role, now_ms);
			return true;
		}
		if (role == SCAN_SERVICE && service->log_write_fd == -1)
			give_pipe(service);
		truth[i].alive[role] = true;
		truth[i].told[role] = false;
		plan_started(&scan, service, role, ++last_pid, now_ms);
		return true;
	case PLAN_END_SERVICE:
		CHECK(truth[i].alive[role] && service->removed);
		service->child[role].asked = truth[i].told[role] = true;
		return true;
	case PLAN_END_LOGGER:
		CHECK(!truth[i].alive[SCAN_SERVICE] && service->removed);
		service->log_write_fd = -1;
		if (service->child[role].pid != 0 && any(3) == 0)
			plan_failed(&scan, service, role, now_ms);
		else
			service->child[role].asked = truth[i].told[role] = true;
		return true;
	case PLAN_FORGET:
		CHECK(!truth[i].alive[SCAN_SERVICE] && !truth[i].alive[SCAN_LOGGER]);
		CHECK(!service->child[SCAN_SERVICE].orphan);
		scan_forget(&scan, service);
		return false;
	default:
		return false;
	}
}

static void
obey_all(int64_t now_ms)
{
	for (size_t i = 0; i < scan.count;) {
		struct scan_service *service = scan.services[i];
		const size_t before = scan.count;
		while (obey(service, next(service, now_ms), now_ms))
			;
		i += scan.count == before;
	}
}

static void
let_die(size_t i, enum scan_role role, int64_t now_ms)
{
	for (size_t j = 0; j < scan.count; j++) {
		struct scan_service *service = scan.services[j];
		if (service->inode != i || service->child[role].pid == 0)
			continue;
		truth[i].alive[role] = false;
		service->drained = service->log_write_fd == -1 && any(2) == 0;
		plan_died(&scan, service, role, now_ms);
		service->child[role].orphan = role == SCAN_SERVICE && any(3) == 0;
	}
}

static void
look_at_truth(int64_t now_ms)
{
	static const char *const all[DIRECTORIES] = {"a", "b", "c", "d", "e", "f"};
	const char *names[DIRECTORIES];

	for (size_t i = 0; i < DIRECTORIES; i++)
		names[i] = truth[i].linked ? all[i] : NULL;
	look(names, DIRECTORIES, now_ms);
}

static void
test_histories(void)
{
	int64_t now_ms = T;

	open_scan(false);
	for (int step = 0; step < STEPS; step++) {
		const size_t i = any(DIRECTORIES);
		now_ms += any(300);
		switch (any(5)) {
		case 0:
			truth[i].linked = !truth[i].linked;
			break;
		case 1:
		case 2:
			look_at_truth(now_ms);
			break;
		default:
			let_die(i, (enum scan_role)any(SCAN_ROLES), now_ms);
		}
		obey_all(now_ms);
	}
	/* All are unlinked and whoever was told to ends: nothing is left. */
	for (size_t i = 0; i < DIRECTORIES; i++)
		truth[i].linked = false;
	for (int round = 0; round < 100 && scan.count > 0; round++) {
		now_ms += 2000;
		look_at_truth(now_ms);
		obey_all(now_ms);
		for (size_t i = 0; i < DIRECTORIES; i++)
			for (int role = 0; role < SCAN_ROLES; role++)
				if (truth[i].told[role])
					let_die(i, (enum scan_role)role, now_ms);
		obey_all(now_ms);
	}
	CHECK(scan.count == 0 && scan.missing == 0);
	CHECK(scan.by_pid.count == 0 && scan.by_identity.count == 0);
	CHECK(scan.running[SCAN_SERVICE] == 0 && scan.running[SCAN_LOGGER] == 0);
}

/* A supervise that cannot start is tried less and less often, until something may be mended. */
static void
test_setback(void)
{
	static const int pauses[] = {1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000};
	open_scan(false);
	struct scan_service *a = see("a", 1, SCAN_LINK, T);
	int64_t now_ms = T;

	for (size_t i = 0; i < sizeof pauses / sizeof *pauses; i++) {
		CHECK(next(a, now_ms) == PLAN_START_SERVICE);
		plan_started(&scan, a, SCAN_SERVICE, 50, now_ms);
		plan_died(&scan, a, SCAN_SERVICE, now_ms);
		plan_set_back(&scan, a, SCAN_SERVICE, now_ms);
		CHECK(next(a, now_ms + pauses[i] - 1) == PLAN_NOTHING);
		CHECK(due(a, now_ms) == now_ms + pauses[i]);
		now_ms += pauses[i];
	}
	plan_started(&scan, a, SCAN_SERVICE, 50, now_ms);
	plan_died(&scan, a, SCAN_SERVICE, now_ms);
	plan_set_back(&scan, a, SCAN_SERVICE, now_ms);
	scan_forgive_all(&scan, now_ms + 1);
	CHECK(scan.due_ms <= now_ms + 1 && next(a, now_ms + 1) == PLAN_START_SERVICE);

	/* In a stop nothing is put off. */
	plan_set_mode(&scan, SCAN_END_LOGGERS, now_ms);
	plan_started(&scan, a, SCAN_LOGGER, 51, now_ms);
	plan_died(&scan, a, SCAN_LOGGER, now_ms);
	plan_set_back(&scan, a, SCAN_LOGGER, now_ms);
	CHECK(a->child[SCAN_LOGGER].due_ms == now_ms);
}

int
main(void)
{
	test_map();
	test_identity();
	test_removal();
	test_left_while_missing();
	test_hidden();
	test_junk();
	test_building();
	test_pace();
	test_setback();
	test_drain();
	test_return();
	test_keep();
	test_orphan();
	test_adopted();
	test_stop();
	test_histories();
	close_scan();
	return check_end("scan_test");
}
