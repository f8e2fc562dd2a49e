/* strays_test: which lines of /proc/net tell of a port.
 * SPDX-License-Identifier: ISC */
#include "../../svc/strays.c"

#include "check.h"

/* Not called here. */
void
facts_set(struct facts *facts, enum fact fact, const char *format, ...)
{
	(void)format;
	facts->text[fact][0] = '\0';
}

int
main(void)
{
	static const char header[] = "  sl  local_address rem_address   st tx_queue rx_queue tr "
				     "tm->when retrnsmt   uid  timeout inode\n";
	static const char listening[] = "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 "
					"00:00000000 00000000     0        0 4711 1 ffff 100\n";
	static const char v6[] = "  12: 00000000000000000000000000000000:0050 "
				 "00000000000000000000000000000000:0000 0A 00000000:00000000 "
				 "00:00000000 00000000     0        0 4711 1 ffff 100\n";
	static const char connected[] = "   1: 0100007F:1F90 0100007F:9C40 01 00000000:00000000 "
					"00:00000000 00000000     0        0 4711 1 ffff 20\n";
	const struct sockets ours = {.inodes = {1, 4711}, .count = 2};
	const struct sockets others = {.inodes = {1, 4712}, .count = 2};
	char cut[sizeof listening];

	CHECK(port_of(listening, &tables[0], &ours) == 8080);
	CHECK(port_of(v6, &tables[1], &ours) == 80);
	CHECK(port_of(listening, &tables[0], &others) == 0);
	CHECK(port_of(connected, &tables[0], &ours) == 0);
	CHECK(port_of(listening, &tables[2], &ours) == 0);
	CHECK(port_of(header, &tables[0], &ours) == 0);
	for (size_t length = 0; length < sizeof listening; length++) {
		memcpy(cut, listening, length);
		cut[length] = '\0';
		const unsigned long port = port_of(cut, &tables[0], &ours);
		CHECK(port == 0 || port == 8080);
	}
	return check_end("strays_test");
}
