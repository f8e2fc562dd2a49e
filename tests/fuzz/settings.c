/* settings: any bytes as a value file or as needs. What is accepted lies within its limits, a fault
 * leaves the default, and a list of needs can be taken apart into names of services. The first byte
 * chooses the file. SPDX-License-Identifier: ISC */
#define file_read fuzz_file_read
#include "../../lib/servicedir.c"

#include "svstate.h"

#include "fuzz.h"

static const char *file_name;
static struct fuzz content;

/* Only the file of this turn exists. */
ssize_t
fuzz_file_read(int dir, const char *name, char *buffer, size_t size)
{
	const size_t length = content.size < size ? content.size : size - 1;

	(void)dir;
	if (strcmp(name, file_name) != 0) {
		errno = ENOENT;
		return -1;
	}
	if (length > 0)
		memcpy(buffer, content.data, length);
	buffer[length] = '\0';
	return (ssize_t)length;
}

static unsigned warnings;

/* A value is shown to people, on one line. */
static void
warn(void *argument, const struct servicedir_fault *fault)
{
	(void)argument;
	warnings++;
	PROMISE(strcmp(servicedir_names[fault->setting], file_name) == 0);
	PROMISE(fault->error == MSG_EFORMAT && fault->expected != NULL);
	PROMISE(strchr(fault->value, '\n') == NULL && strlen(fault->value) < SERVICEDIR_NEEDS_SIZE);
}

static void
well(void *argument, enum servicedir_setting setting)
{
	(void)argument;
	(void)setting;
}

static void
check_settings(void)
{
	struct servicedir settings;

	servicedir_read(AT_FDCWD, INVENTORY_ALL, &settings, warn, well, NULL);
	PROMISE(warnings <= 1);
	PROMISE(warnings == 0 || memcmp(&settings, &defaults, sizeof settings) == 0);
	PROMISE(settings.timeout_start_ms <= INT_MAX && settings.timeout_finish_ms <= INT_MAX &&
		settings.timeout_kill_ms <= INT_MAX);
	PROMISE(settings.timeout_check_ms > 0 && settings.timeout_check_ms <= INT_MAX);
	PROMISE(settings.check_interval_ms <= INT_MAX);
	PROMISE(settings.backoff_min_ms <= settings.backoff_max_ms && settings.backoff_max_ms > 0 &&
		settings.backoff_max_ms <= INT_MAX);
	PROMISE(settings.max_deaths <= DEATHS_MAX && settings.max_deaths_ms <= INT_MAX);
	PROMISE(settings.max_deaths == 0 || settings.max_deaths_ms > 0);
	PROMISE(settings.down_signal > 0 && settings.down_signal <= SIGRTMAX);
	PROMISE(settings.notification_fd == -1 || settings.notification_fd > STDERR_FILENO);
	PROMISE(settings.leftovers <= SERVICEDIR_KEEP);
}

/* The same names, one on a line, are the same list. */
static void
check_again(const char *list)
{
	char lines[SERVICEDIR_NEEDS_SIZE];
	const char *value;

	strcpy(lines, list);
	for (char *slash = lines; (slash = strchr(slash, '/')) != NULL;)
		*slash = '\n';
	value = join_names(lines);
	PROMISE(value == NULL && strcmp(lines, list) == 0);
}

static void
check_needs(void)
{
	char list[SERVICEDIR_NEEDS_SIZE], name[SV_NAME_SIZE];
	const char *rest = list;
	size_t count = 0;

	servicedir_read_needs(AT_FDCWD, list, warn, well, NULL);
	PROMISE(strlen(list) < sizeof list && (warnings == 0 || list[0] == '\0'));
	check_again(list);
	for (; (rest = sv_next_name(rest, name)) != NULL; count++) {
		PROMISE(name[0] != '.' && name[strcspn(name, "\n\t\033/")] == '\0');
		PROMISE(!has_name(rest, strlen(rest), name, strlen(name)));
	}
	PROMISE(count <= SERVICEDIR_NEEDS_MAX);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	content = (struct fuzz){data, size};
	const unsigned choice = fuzz_byte(&content) % SERVICEDIR_FILES;

	file_name = servicedir_names[choice];
	warnings = 0;
	if (choice == SERVICEDIR_NEEDS)
		check_needs();
	else if (readings[choice].parse != NULL)
		check_settings();
	return 0;
}
