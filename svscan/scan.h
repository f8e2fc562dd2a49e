/* scan: which services there are, by device and inode, and what each look at the scan directory
 * changes in that. Pure: no system calls but memory; time comes in as an argument.
 * SPDX-License-Identifier: ISC */
#ifndef SVSCAN_SCAN_H
#define SVSCAN_SCAN_H

#include "map.h"
#include "orphan.h"

#include "msg.h"
#include "proc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	SCAN_QUIET_MS = 50,    /* a directory made in place is complete after this silence */
	SCAN_MISSING_MS = 100, /* absent at two looks this far apart = removed */
	SCAN_PACE_MS = 1000,   /* from one start of a supervise to the next */
	SCAN_RETRY_MS = 100,   /* after a failure, doubling ... */
	SCAN_RETRY_MAX_MS = 1000,
	SCAN_SETBACK_MAX_MS = 60000, /* between two supervises that cannot start */
};

/* Each service has up to two supervises. */
enum scan_role { SCAN_SERVICE, SCAN_LOGGER, SCAN_ROLES };

struct scan_service;

/* There are thousands of these and of services, so both are packed: no hole, and as short as what
 * they hold allows. */
struct scan_child {
	struct map_node by_pid;
	pid_t pid;          /* 0 = none */
	int process_fd;     /* means it, if adopted; -1 = the kernel has no such descriptors */
	uint64_t ticks;     /* its start time, if adopted */
	int64_t started_ms; /* the last start */
	int64_t due_ms;     /* not started, nor asked again to end, before this time */
	struct orphan_claim
	    *claim; /* it waits to be told how an orphan ended; NULL = it does not */
	struct msg_fault fault;
	uint16_t delay_ms;   /* of the last retry; 0 = the last attempt succeeded */
	uint16_t setback_ms; /* pause after the last supervise, which could not start; else 0 */
	uint8_t restarts;    /* in SCAN_END_LOGGERS; the largest number means that many or more */
	bool logger : 1;     /* its role, by which its service is found */
	bool asked : 1;      /* this process was told to end */
	bool pending : 1;    /* no supervise of ours, but perhaps one that is about to be adopted */
	bool orphan : 1;  /* no supervise, but the process that it ran: somebody has to end that */
	bool past : 1;    /* a supervise had been there when this was last looked at */
	bool heir : 1;    /* what it runs, or ran, may be no child of it: the record tells */
	bool adopted : 1; /* another svscan has started it: no child of ours */
	bool watched : 1; /* its death is announced to us */
};

struct scan_service {
	struct map_node by_identity, by_watch;
	dev_t device;
	ino_t inode;
	struct scan_child child[SCAN_ROLES];

	char *name;        /* the name under which its supervise is started */
	char *other_name;  /* first other name that this look met, or NULL */
	int64_t missed_ms; /* the first look that missed it; CLOCK_NEVER = it is there */
	int64_t quiet_ms;  /* building: when to see whether it is complete */
	uint32_t look;     /* the last look that met it under any name */
	uint32_t named;    /* ... under NAME */
	uint32_t index;    /* in scan.services */
	uint32_t turn;     /* its number in the order of a stop */
	int watch;         /* inotify watch while building; -1 = none */

	/* Owned by whoever carries out the plan; -1 = closed. */
	int directory_fd; /* stays usable when the name is gone */
	int log_read_fd;  /* != -1: the service is logged. A dead logger costs no line */
	int log_write_fd; /* kept while the service is wanted, so that the logger sees no EOF */

	bool removed : 1;  /* missed twice: nobody wants it any more */
	bool building : 1; /* a real directory, not started yet: it has to become complete */
	bool reported : 1; /* ... and that it does not was said */
	bool own : 1;      /* no service, but the directory whose log svscan itself writes to */
	bool starts : 1;  /* was there when svscan began: -d waits for it, if it starts by itself */
	bool held : 1;    /* in a stop: what needs it has not gone yet */
	bool drained : 1; /* the log pipe is empty and nobody can write to it any more */
};

/* What is in the scan directory, but is no service: remembered so as to be reported once. */
struct scan_junk {
	struct map_node by_name;
	struct scan_junk *next;
	uint32_t look;
	int error; /* of stat(2); ENOTDIR = it exists, but is no directory */
	char name[];
};

/* How far everything is to go down; only ever grows. */
enum scan_mode {
	SCAN_RUN,
	SCAN_END_COMMAND, /* services stay as they are */
	SCAN_END_SERVICES,
	SCAN_END_STRAYS,
	SCAN_END_LOGGERS,
	SCAN_END_ALL,
};

struct scan {
	struct scan_service **services;
	struct scan_service *own; /* that one of them, or NULL */
	size_t count, room;
	struct map by_identity, by_pid, by_watch, junk_by_name;
	struct scan_junk *junk;
	uint32_t look; /* number of the look in progress, or of the last one */
	bool looking;
	bool keep;      /* removed services are left alone, as 0.76 does */
	bool troubled;  /* the last look met something that can change without a trace here */
	size_t missing; /* services that were missed once */
	enum scan_mode mode;
	char boot[PROC_BOOT_SIZE];  /* as records name it; empty = unknown */
	size_t running[SCAN_ROLES]; /* children with a pid */
	int64_t due_ms;             /* when to plan again for all services; CLOCK_NEVER = no need */
};

/* How a directory came into the scan directory. */
enum scan_kind {
	SCAN_LINK,  /* a symbolic link: made when all is ready */
	SCAN_WHOLE, /* a real directory in one piece: there at our start, or moved in */
	SCAN_MADE,  /* a real directory that may still be filled */
};

/* False without memory. */
bool scan_open(struct scan *scan, bool keep);

/* One look: begin, then see or junk for each name, then end; or abandon if the names could not all
 * be read: then nothing is concluded from absence. See and junk may also be called between looks,
 * for a single name. */
void scan_begin(struct scan *scan);
void scan_abandon(struct scan *scan);
void scan_end(struct scan *scan, int64_t now_ms);

/* NAME leads to this directory. The service, or NULL if there is no memory for a new one. */
struct scan_service *scan_see(struct scan *scan, const char *name, dev_t device, ino_t inode,
    enum scan_kind kind, int64_t now_ms);

/* NAME is no directory, or ERROR keeps us from knowing. True if that is news. */
bool scan_junk(struct scan *scan, const char *name, int error);

/* The service whose directory this is, or NULL. */
struct scan_service *scan_find(const struct scan *scan, dev_t device, ino_t inode);

/* NULL if there is none. *ROLE is set with the service. */
struct scan_service *scan_of_pid(const struct scan *scan, pid_t pid, enum scan_role *role);

/* The service that CHILD belongs to, and in which role. */
struct scan_service *scan_of_child(struct scan_child *child, enum scan_role *role);

struct scan_service *scan_of_watch(const struct scan *scan, int watch);

/* The service is watched under this number; -1 = no longer. */
void scan_set_watch(struct scan *scan, struct scan_service *service, int watch);

/* Something in a directory under construction changed. */
void scan_changed(struct scan *scan, struct scan_service *service, int64_t now_ms);

/* Whether it was found COMPLETE once it was quiet. True if its being incomplete is worth a message:
 * once, when it has been there for PATIENCE_MS. */
bool scan_checked(struct scan *scan, struct scan_service *service, bool complete, int patience_ms,
    int64_t now_ms);

/* From DUE_MS on there may be something to do for some service. */
void scan_touch(struct scan *scan, int64_t due_ms);

/* Something may have been mended: supervises of SERVICE, or of all, that could not start are tried
 * again at once. */
void scan_forgive(struct scan *scan, struct scan_service *service, int64_t now_ms);
void scan_forgive_all(struct scan *scan, int64_t now_ms);

/* Frees a service that has no child, watch or descriptor; the last one takes its index. */
void scan_forget(struct scan *scan, struct scan_service *service);

#endif
