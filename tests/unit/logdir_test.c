/* logdir_test: names of archived files. SPDX-License-Identifier: ISC */
#include "logdir.h"

#include "check.h"

int
main(void)
{
	const struct tai64n label = {TAI64N_UNIX + 1700000000, 123456500};
	const struct tai64n later = {TAI64N_UNIX + 1700000000, 123457500};
	char name[LOGDIR_ARCHIVE_SIZE], next[LOGDIR_ARCHIVE_SIZE];

	logdir_archive_name(name, &label, LOGDIR_SAFE);
	CHECK_TEXT(name, "@400000006553f10a075bcbf4.s");
	logdir_archive_name(next, &later, LOGDIR_UNFINISHED);
	CHECK_TEXT(next, "@400000006553f10a075bcfdc.u");
	CHECK(logdir_is_archive(name) && logdir_is_archive("@400000006553f10a075bcbf4"));
	CHECK(logdir_is_archive("@400000006553f10a075bcbf4.s.gz"));
	CHECK(!logdir_is_archive("@400000006553f10a075bcbf") && !logdir_is_archive("@short"));
	CHECK(!logdir_is_archive("current") && !logdir_is_archive(""));
	CHECK(!logdir_is_archive("x400000006553f10a075bcbf4.s"));
	CHECK(logdir_is_older(name, next) && !logdir_is_older(next, name));
	CHECK(!logdir_is_older(name, name));
	return check_end("logdir_test");
}
