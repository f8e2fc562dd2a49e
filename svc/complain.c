/* complain: see complain.h.
 * SPDX-License-Identifier: ISC */
#include "complain.h"

#include "fmt.h"
#include "output.h"

#include <limits.h>
#include <string.h>

void
complain(struct lint *lint, const char *name, enum cause cause)
{
	char path[PATH_MAX];
	const bool itself = strcmp(name, ".") == 0;
	const bool error = cause_level(cause) == CAUSE_ERROR;

	fmt(path, sizeof path, "%s%s%s", lint->path, itself ? "" : "/", itself ? "" : name);
	facts_set(&lint->facts, FACT_PATH, "%s", path);
	output_text(lint->facts.text[FACT_PATH]);
	output_text(error ? ": error: " : ": warning: ");
	facts_quote(&lint->facts, FACT_PATH, path);
	(void)cause_say(cause, CAUSE_TEXT, &lint->facts);
	output_text("; ");
	(void)cause_say(cause, CAUSE_CURE, &lint->facts);
	output_text("\n");
	lint->wrong = lint->wrong || error;
}
