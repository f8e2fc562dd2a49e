/* names: any two words as names in a service directory, of signals, and as numbers: what resembles
 * does so both ways, and what is read means the same once written again. One word on a line.
 * SPDX-License-Identifier: ISC */
#include "../../svc/names.c"

#include "fuzz.h"
#include "num.h"
#include "signame.h"

#include <errno.h>
#include <signal.h>

static void
check_name(const char *name)
{
	const struct names_foreign *known = names_foreign(name);

	if (names_is_known(name))
		PROMISE(strchr(name, '/') == NULL && name[0] != '\0');
	if (known != NULL)
		PROMISE(known->suite[0] != '\0' && known->here[0] != '\0');
	for (size_t i = 0; names_known(i) != NULL; i++)
		(void)names_resemble(name, names_known(i));
}

static void
check_signal(const char *text)
{
	const int signal = signame_number(text);

	PROMISE(signal == -1 || (signal > 0 && signal < _NSIG));
	if (signal != -1 && strcmp(signame_of(signal), "unknown") != 0) /* as 32, the C library's */
		PROMISE(signame_number(signame_of(signal)) == signal);
}

/* As the C library reads numbers, which allows more. */
static void
check_number(const char *text)
{
	uint64_t value = 7, prefix;
	const char *end = num_prefix(text, &prefix);
	const size_t digits = strspn(text, "0123456789");

	PROMISE(end == text + digits);
	if (digits == 0) {
		PROMISE(prefix == 0);
	} else {
		errno = 0;
		PROMISE(prefix == strtoull(text, NULL, 10));
	}
	if (num_parse(text, UINT64_MAX - 1, &value))
		PROMISE(digits > 0 && *end == '\0' && value == prefix);
	else
		PROMISE(value == 7 && (digits == 0 || *end != '\0' || prefix == UINT64_MAX));
	PROMISE(!num_parse(text, 99, &value) || value <= 99);
	if (num_size(text, 1 << 30, &value))
		PROMISE(value <= 1 << 30 && digits > 0 && strlen(end) <= 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz input = {data, size};
	char *a = fuzz_line(&input), *b = fuzz_line(&input);

	check_name(a);
	check_signal(a);
	check_number(a);
	if (strlen(a) == strlen(b))
		PROMISE(names_resemble(a, b) == names_resemble(b, a) ||
			(a[0] != '\0' && (a[strlen(a) - 1] == '~' || b[strlen(b) - 1] == '~')));
	PROMISE(!names_resemble(a, a));
	free(a);
	free(b);
	return 0;
}
