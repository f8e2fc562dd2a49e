/* record: any bytes as a status record or as the record of a child: what is well-formed means the
 * same after it was written again. SPDX-License-Identifier: ISC */
#include "svproto.h"

#include "fuzz.h"

static void
check_status(const uint8_t *data, size_t size)
{
	unsigned char bytes[SV_STATUS_SIZE];
	struct sv_status status, again;

	if (!sv_status_unpack(data, size, &status)) {
		PROMISE(size < SV_STATUS_SIZE);
		return;
	}
	PROMISE(status.want <= SV_WANT_ONCE);
	sv_status_pack(bytes, &status);
	PROMISE(memcmp(bytes, data, SV_STATUS_SIZE - 2) == 0); /* time and pid, byte by byte */
	PROMISE(sv_status_unpack(bytes, sizeof bytes, &again));
	PROMISE(again.pid == status.pid && again.want == status.want &&
		again.since.seconds == status.since.seconds &&
		again.since.nanoseconds == status.since.nanoseconds &&
		again.paused == (status.paused && status.pid != 0));
}

static void
check_record(const char *text, size_t size)
{
	char written[SV_RECORD_SIZE];
	struct sv_record record, again;

	if (!sv_record_parse(text, size, &record))
		return;
	PROMISE(size == SV_RECORD_SIZE && text[size - 1] == '\n');
	PROMISE(record.kind < SV_CHILD_COUNT && record.pid >= 0);
	PROMISE(strlen(record.boot) < sizeof record.boot && strlen(record.at) < sizeof record.at);
	sv_record_format(written, &record);
	PROMISE(sv_record_parse(written, sizeof written, &again));
	PROMISE(again.kind == record.kind && again.pid == record.pid &&
		again.ticks == record.ticks && strcmp(again.boot, record.boot) == 0 &&
		strcmp(again.at, record.at) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char padded[SV_RECORD_SIZE];
	char *text = fuzz_bytes(data, size);

	check_status((const uint8_t *)text, size);
	check_record(text, size);
	/* Most inputs are too short or too long: the same, as long as one has to be. */
	if (size < SV_RECORD_SIZE) {
		memset(padded, ' ', sizeof padded);
		memcpy(padded, text, size);
		padded[SV_RECORD_SIZE - 1] = '\n';
		check_record(padded, sizeof padded);
	}
	free(text);
	return 0;
}
