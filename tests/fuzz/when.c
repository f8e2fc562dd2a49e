/* when: any text as a moment: it means one or none; ages lie in the past, times of day within two
 * days, and a label is what it says. The first byte chooses the time zone.
 * SPDX-License-Identifier: ISC */
#include "../../multilog/calendar.c"
#include "../../multilog/when.c"

#include "fuzz.h"

static const char *const zones[] = {
    "UTC", "CET-1CEST,M3.5.0,M10.5.0/3", "<+14>-14", "EST5EDT", "LHST-10:30LHDT-11,M10.1.0,M4.1.0"};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned zone = UINT32_MAX;
	const struct tai64n now = {TAI64N_UNIX + 1795339800, 500};
	struct fuzz input = {data, size};
	const unsigned wanted = fuzz_byte(&input) % (sizeof zones / sizeof *zones);
	struct tai64n moment = {0}, label;
	char *text = fuzz_text(input.data, input.size);

	if (wanted != zone) {
		zone = wanted;
		setenv("TZ", zones[zone], 1);
		tzset();
	}
	if (when_read(text, &now, &moment)) {
		PROMISE(text[0] != '\0');
		const bool age = unit_seconds(text[strlen(text) - 1]) != 0 && text[0] <= '9';
		if (age)
			PROMISE(!tai64n_is_before(&now, &moment));
		else if (text[2] == ':')
			PROMISE(!tai64n_is_before(&now, &moment) &&
				now.seconds - moment.seconds <= (uint64_t)49 * 3600);
		if (tai64n_parse(text, strlen(text), &label))
			PROMISE(label.seconds == moment.seconds);
		else
			PROMISE(moment.nanoseconds < 1000000000);
	}
	free(text);
	return 0;
}
