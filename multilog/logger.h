/* logger: all that multilog knows while it runs.
 * SPDX-License-Identifier: ISC */
#ifndef MULTILOG_LOGGER_H
#define MULTILOG_LOGGER_H

#include "batch.h"
#include "deliver.h"
#include "intake.h"
#include "script.h"
#include "spool.h"
#include "straight.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How lines come in. */
enum way {
	BY_SPLICE, /* straight into the one directory */
	BY_SPOOL,
	BY_READ, /* what is no pipe: what was read is lost when we are killed */
};

enum phase {
	PREPARING, /* the directories are recovered */
	RECALLING, /* what a killed predecessor has left is delivered */
	FLOWING,   /* lines come and go */
	DRAINING,  /* the last ones go */
	CLOSING,   /* the directories are closed */
};

struct logger {
	enum phase phase;
	enum way way;
	int fd_signals;
	bool rotating;       /* ALRM has come, and what it asks for is under way */
	bool heading;        /* BY_SPLICE: the spool has the beginning of a line, or had */
	bool ending;         /* TERM */
	int64_t give_up_ms;  /* no disk is waited for after this (clock_ms() time) ... */
	int64_t line_end_ms; /* ... and no input after this; with TERM */
	size_t read;         /* bytes in input ... */
	size_t taken;        /* ... and how many of them the batches have had */
	struct script script;
	struct intake intake;
	struct straight straight;
	struct spool spool;
	struct batch batch;
	struct deliver deliver;
	char input[SPOOL_READ];
};

#endif
