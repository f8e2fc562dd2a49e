/* scan: see scan.h.
 * SPDX-License-Identifier: ISC */
#include "scan.h"

#include "clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- Finding --------------------------------------------------------------------------------- */

bool
scan_open(struct scan *scan, bool keep)
{
	memset(scan, 0, sizeof *scan);
	scan->keep = keep;
	scan->due_ms = CLOCK_NEVER;
	if (map_open(&scan->by_identity) && map_open(&scan->by_pid) && map_open(&scan->by_watch) &&
	    map_open(&scan->junk_by_name))
		return true;
	map_close(&scan->by_identity);
	map_close(&scan->by_pid);
	map_close(&scan->by_watch);
	map_close(&scan->junk_by_name);
	return false;
}

static uint64_t
identity_hash(dev_t device, ino_t inode)
{
	return map_hash_number((uint64_t)inode ^ map_hash_number((uint64_t)device));
}

struct scan_service *
scan_find(const struct scan *scan, dev_t device, ino_t inode)
{
	struct map_node *node = map_first(&scan->by_identity, identity_hash(device, inode));

	for (; node != NULL; node = map_next(node)) {
		struct scan_service *service = MAP_THING(node, struct scan_service, by_identity);
		if (service->device == device && service->inode == inode)
			return service;
	}
	return NULL;
}

static struct scan_junk *
find_junk(const struct scan *scan, const char *name)
{
	struct map_node *node = map_first(&scan->junk_by_name, map_hash_text(name));

	for (; node != NULL; node = map_next(node)) {
		struct scan_junk *junk = MAP_THING(node, struct scan_junk, by_name);
		if (strcmp(junk->name, name) == 0)
			return junk;
	}
	return NULL;
}

struct scan_service *
scan_of_child(struct scan_child *child, enum scan_role *role)
{
	*role = child->logger ? SCAN_LOGGER : SCAN_SERVICE;
	return MAP_THING(child, struct scan_service, child[*role]);
}

struct scan_service *
scan_of_pid(const struct scan *scan, pid_t pid, enum scan_role *role)
{
	struct map_node *node = map_first(&scan->by_pid, map_hash_number((uint64_t)pid));

	for (; node != NULL; node = map_next(node)) {
		struct scan_child *child = MAP_THING(node, struct scan_child, by_pid);
		if (child->pid == pid)
			return scan_of_child(child, role);
	}
	return NULL;
}

struct scan_service *
scan_of_watch(const struct scan *scan, int watch)
{
	struct map_node *node = map_first(&scan->by_watch, map_hash_number((uint64_t)watch));

	for (; node != NULL; node = map_next(node)) {
		struct scan_service *service = MAP_THING(node, struct scan_service, by_watch);
		if (service->watch == watch)
			return service;
	}
	return NULL;
}

void
scan_set_watch(struct scan *scan, struct scan_service *service, int watch)
{
	if (service->watch != -1)
		map_remove(&scan->by_watch, &service->by_watch);
	service->watch = watch;
	if (watch != -1)
		map_add(&scan->by_watch, &service->by_watch, map_hash_number((uint64_t)watch));
}

void
scan_touch(struct scan *scan, int64_t due_ms)
{
	scan->due_ms = clock_earlier(scan->due_ms, due_ms);
}

void
scan_forgive(struct scan *scan, struct scan_service *service, int64_t now_ms)
{
	for (int role = 0; role < SCAN_ROLES; role++) {
		struct scan_child *child = &service->child[role];
		if (child->setback_ms == 0)
			continue;
		child->setback_ms = 0;
		child->due_ms = now_ms;
		scan_touch(scan, now_ms);
	}
}

void
scan_forgive_all(struct scan *scan, int64_t now_ms)
{
	for (size_t i = 0; i < scan->count; i++)
		scan_forgive(scan, scan->services[i], now_ms);
}

/* ---- A look ---------------------------------------------------------------------------------- */

static void
init_service(struct scan_service *service, dev_t device, ino_t inode, int64_t now_ms)
{
	memset(service, 0, sizeof *service);
	service->device = device;
	service->inode = inode;
	service->missed_ms = CLOCK_NEVER;
	service->quiet_ms = now_ms;
	service->watch = -1;
	service->directory_fd = service->log_read_fd = service->log_write_fd = -1;
	for (int role = 0; role < SCAN_ROLES; role++) {
		service->child[role].logger = role == SCAN_LOGGER;
		service->child[role].due_ms = now_ms;
		service->child[role].process_fd = -1;
	}
}

static struct scan_service *
add(struct scan *scan, const char *name, dev_t device, ino_t inode, int64_t now_ms)
{
	if (scan->count == scan->room) {
		size_t room = scan->room == 0 ? 16 : scan->room * 2;
		void *larger = realloc(scan->services, room * sizeof(struct scan_service *));
		if (larger == NULL)
			return NULL;
		scan->services = larger;
		scan->room = room;
	}
	struct scan_service *service = malloc(sizeof *service);
	if (service == NULL)
		return NULL;
	init_service(service, device, inode, now_ms);
	service->name = strdup(name);
	if (service->name == NULL) {
		free(service);
		return NULL;
	}
	service->index = (uint32_t)scan->count;
	scan->services[scan->count++] = service;
	map_add(&scan->by_identity, &service->by_identity, identity_hash(device, inode));
	return service;
}

/* A known service was met under NAME. Which name it keeps is known when the look ends. */
static void
note_name(struct scan *scan, struct scan_service *service, const char *name)
{
	if (strcmp(service->name, name) == 0) {
		service->named = scan->look;
		return;
	}
	/* Without memory it is started under the old name once more: a message, no harm. */
	if (service->other_name == NULL)
		service->other_name = strdup(name);
}

static void
adopt_other_name(struct scan_service *service)
{
	if (service->other_name == NULL)
		return;
	free(service->name);
	service->name = service->other_name;
	service->other_name = NULL;
}

static void
present_again(struct scan *scan, struct scan_service *service)
{
	if (service->missed_ms != CLOCK_NEVER && !service->removed)
		scan->missing--;
	scan_touch(scan, service->missed_ms); /* past, so at once: it may wait to be started */
	service->missed_ms = CLOCK_NEVER;
	service->removed = false;
}

struct scan_service *
scan_see(struct scan *scan, const char *name, dev_t device, ino_t inode, enum scan_kind kind,
    int64_t now_ms)
{
	struct scan_service *service = scan_find(scan, device, inode);

	if (service == NULL) {
		service = add(scan, name, device, inode, now_ms);
		if (service == NULL)
			return NULL;
		service->building = kind != SCAN_LINK;
		if (kind == SCAN_MADE)
			service->quiet_ms = now_ms + SCAN_QUIET_MS;
	}
	const bool was_gone = service->missed_ms != CLOCK_NEVER;
	if (kind == SCAN_LINK)
		service->building = false;
	note_name(scan, service, name);
	service->look = scan->look;
	present_again(scan, service);
	if (was_gone && !scan->looking)
		adopt_other_name(service);
	if (was_gone)
		scan_forgive(scan, service, now_ms);
	scan_touch(scan, service->building ? service->quiet_ms : now_ms);
	return service;
}

bool
scan_junk(struct scan *scan, const char *name, int error)
{
	struct scan_junk *junk = find_junk(scan, name);

	if (junk == NULL) {
		const size_t size = strlen(name) + 1;
		junk = malloc(sizeof *junk + size);
		if (junk == NULL)
			return true; /* said too often rather than never */
		memcpy(junk->name, name, size);
		junk->error = 0;
		junk->next = scan->junk;
		scan->junk = junk;
		map_add(&scan->junk_by_name, &junk->by_name, map_hash_text(name));
	}
	const bool news = junk->error != error;
	junk->error = error;
	junk->look = scan->look;
	return news;
}

void
scan_begin(struct scan *scan)
{
	scan->look++;
	scan->looking = true;
	scan->troubled = false;
}

/* What this look did not meet is forgotten. What may become a directory without a change of the
 * scan directory keeps us looking. */
static void
sift_junk(struct scan *scan)
{
	struct scan_junk **place = &scan->junk;

	while (*place != NULL) {
		struct scan_junk *junk = *place;
		if (junk->look == scan->look) {
			scan->troubled |= junk->error != ENOTDIR;
			place = &junk->next;
			continue;
		}
		*place = junk->next;
		map_remove(&scan->junk_by_name, &junk->by_name);
		free(junk);
	}
}

/* The name is still there, but what it leads to cannot be examined (a file system that hangs or is
 * not mounted, a deleted directory): not a wish to bring the service down. */
static bool
hidden(const struct scan *scan, const struct scan_service *service)
{
	const struct scan_junk *junk = find_junk(scan, service->name);
	return junk != NULL && junk->look == scan->look && junk->error != ENOTDIR;
}

static void
miss(struct scan *scan, struct scan_service *service, int64_t now_ms)
{
	if (service->removed)
		return;
	if (service->missed_ms == CLOCK_NEVER) {
		service->missed_ms = now_ms;
		scan->missing++;
	} else if (now_ms - service->missed_ms >= SCAN_MISSING_MS) {
		service->removed = true;
		scan->missing--;
		scan_touch(scan, now_ms);
	}
}

void
scan_end(struct scan *scan, int64_t now_ms)
{
	for (size_t i = 0; i < scan->count; i++) {
		struct scan_service *service = scan->services[i];
		if (service->own)
			continue;
		if (service->look != scan->look && !hidden(scan, service))
			miss(scan, service, now_ms);
		else if (service->look != scan->look)
			present_again(scan, service);
		else if (service->named != scan->look)
			adopt_other_name(service);
		free(service->other_name);
		service->other_name = NULL;
		scan->troubled |= service->building && service->watch == -1;
	}
	sift_junk(scan);
	scan->looking = false;
}

void
scan_abandon(struct scan *scan)
{
	for (size_t i = 0; i < scan->count; i++)
		if (!scan->services[i]->removed)
			present_again(scan, scan->services[i]);
	scan->troubled = true;
	scan->looking = false;
}

/* ---- What becomes of a service --------------------------------------------------------------- */

void
scan_changed(struct scan *scan, struct scan_service *service, int64_t now_ms)
{
	service->quiet_ms = now_ms + SCAN_QUIET_MS;
	scan_touch(scan, service->quiet_ms);
}

bool
scan_checked(
    struct scan *scan, struct scan_service *service, bool complete, int patience_ms, int64_t now_ms)
{
	if (complete) {
		service->building = false;
		scan_touch(scan, now_ms);
		return false;
	}
	/* Nothing was started yet, so it was due since it was first seen. */
	const int64_t report_ms = service->child[SCAN_SERVICE].due_ms + patience_ms;
	const bool news = !service->reported && now_ms >= report_ms;
	service->reported |= news;
	/* Another look at it follows the next change, or is due when it would be reported. */
	service->quiet_ms = service->reported ? CLOCK_NEVER : report_ms;
	scan_touch(scan, service->quiet_ms);
	return news;
}

void
scan_forget(struct scan *scan, struct scan_service *service)
{
	if (service->missed_ms != CLOCK_NEVER && !service->removed)
		scan->missing--;
	map_remove(&scan->by_identity, &service->by_identity);
	struct scan_service *last = scan->services[--scan->count];
	scan->services[service->index] = last;
	last->index = service->index;
	for (int role = 0; role < SCAN_ROLES; role++)
		free(service->child[role].claim);
	free(service->other_name);
	free(service->name);
	free(service);
}
