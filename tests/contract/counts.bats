#!/usr/bin/env bats
# How many cases the tables of this directory hold: the contract is only as good as its coverage. That
# all cases of a table are run, and a table without cases fails, is the driver's promise.

load driver

setup() {
	: # no 0.76 is needed to count
}

# cases_of PROGRAM: in all tables.
cases_of() {
	cat "$BATS_TEST_DIRNAME"/*.bats | grep -c "^$1: "
}

@test "at least 10 cases for each program, 60 for multilog, 300 in all" {
	local program count all=0
	for program in $CONTRACT_PROGRAMS; do
		count=$(cases_of "$program") || :
		echo "# $program: $count cases" >&3
		[ "$count" -ge 10 ]
		all=$((all + count))
	done
	echo "# all: $all cases" >&3
	[ "$(cases_of multilog)" -ge 60 ]
	[ "$all" -ge 300 ]
}
