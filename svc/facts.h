/* facts: what is put into the sentences of causes.h: names, values and times in words, so that no
 * name of a file can play tricks on a terminal or a shell.
 * SPDX-License-Identifier: ISC */
#ifndef SVC_FACTS_H
#define SVC_FACTS_H

#include <stddef.h>
#include <stdint.h>

/* What the words in braces stand for. Those marked (quoted) can be typed into a shell. */
enum fact {
	FACT_NAME,   /* the service (quoted) */
	FACT_DIR,    /* its directory (quoted) */
	FACT_SCRIPT, /* a file in it, as "./run" */
	FACT_PATH,   /* the same as a path (quoted) */
	FACT_SCAN,   /* the scan directory (quoted) */
	FACT_VALUE,
	FACT_OTHER,
	FACT_AGO,  /* "5 s" */
	FACT_NEXT, /* "in 0.6 s" */
	FACT_THEN, /* "; then it is started again", or nothing */
	FACT_PID,
	FACT_COUNT,
};

enum { FACT_SIZE = 512 };

struct facts {
	char text[FACT_COUNT][FACT_SIZE];
};

/* Sets FACT to what is printed by FORMAT. What does not fit is cut; control characters, with which
 * a stranger could play tricks on a terminal, become "?". */
void facts_set(struct facts *facts, enum fact fact, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Makes "?" of the control characters in LENGTH bytes of TEXT, and of what is no UTF-8. */
void facts_defuse(char *text, size_t length);

/* Sets it to TEXT, in quotes if the shell needs them. */
void facts_quote(struct facts *facts, enum fact fact, const char *text);

/* Sets it to the permission bits of MODE as chmod(1) has them: "0644". */
void facts_mode(struct facts *facts, enum fact fact, unsigned mode);

/* Sets it to so many milliseconds in words: "0.4 s", "12 s", "3 min", "5 h", "8 days". */
void facts_span(struct facts *facts, enum fact fact, uint64_t ms);

#endif
