# make html: every page, and no link that leads nowhere.

load helper

setup() {
	command -v mandoc >/dev/null || skip "needs mandoc"
	cd "$BATS_TEST_TMPDIR"
	mapfile -t pages < <(cd "$TOP" && find svscan supervise multilog svc package -name '*.[1-8]')
}

# values FILE ATTRIBUTES: of these attributes in it; mandoc breaks lines within tags.
values() {
	tr '\n' ' ' <"$1" | grep -oE " ($2)=\"[^\"]*\"" | sed 's/^[^"]*"//; s/"$//'
}

# places: every FILE, and FILE#PLACE, that a link can lead to.
places() {
	local file
	for file in *; do
		echo "$file"
		values "$file" id | sed "s/^/$file#/"
	done
}

# links FILE: where its links lead.
links() {
	values "$1" 'href|src' | sed "s/^#/$1#/"
}

@test "every page is there and in the index, and every link leads to a page and a place in it" {
	local page file
	run -0 sh "$TOP/package/html" "$PWD/html with blank" "${pages[@]}"
	[ "$output" = "html: the manual is in $PWD/html with blank/index.html" ]
	cd "html with blank"
	[ "$(ls)" = "$({ printf '%s.html\n' "${pages[@]##*/}" index; echo style.css; } | LC_ALL=C sort)" ]
	for page in "${pages[@]##*/}"; do
		grep -qF "<a href=\"$page.html\">" index.html
	done
	places | LC_ALL=C sort -u >../places
	for file in *.html; do
		links "$file"
	done | LC_ALL=C sort -u >../links
	[ "$(lines ../links)" -ge 300 ]
	LC_ALL=C comm -23 ../links ../places >../nowhere
	cat ../nowhere
	[ ! -s ../nowhere ]
}

@test "what a page refers to is linked if it is a page of ours, and named if it is not" {
	printf '.Dd November 1, 2026\n.Dt ONE 7\n.Os\n.Sh NAME\n.Nm one ,\n.Nm other\n.Nd first of two\n.Sh DESCRIPTION\n%s\n' \
		'.Xr two 8 ,' '.Xr three 2 .' >one.7
	printf '.Dd November 1, 2026\n.Dt TWO 8\n.Os\n.Sh NAME\n.Nm two\n.Nd second\n.Sh SEE ALSO\n.Xr one 7\n' >two.8
	# A page that is no more goes with the next time.
	mkdir out
	touch out/gone.8.html
	sh "$TOP/package/html" "$PWD/out" "$PWD/one.7" "$PWD/two.8"
	[ "$(ls out)" = $'index.html\none.7.html\nstyle.css\ntwo.8.html' ]
	grep -qF '<a class="Xr" href="two.8.html">two(8)</a>' out/one.7.html
	grep -qF 'three(2)' out/one.7.html
	[ "$(links out/one.7.html | grep -c three)" = 0 ]
	grep -qF '<a href="one.7.html">one, other</a></dt><dd>first of two</dd>' out/index.html
}

@test "without mandoc one line says what to install, and what was there stays" {
	local tool
	mkdir tools out
	touch out/kept
	for tool in sh dirname; do
		ln -s "$(command -v $tool)" "tools/$tool"
	done
	PATH=$PWD/tools run -1 sh "$TOP/package/html" "$PWD/out" "$TOP/svc/svc.8"
	[ "$output" = "html: mandoc is missing: install it (Debian: apt-get install mandoc)" ]
	[ "$(ls out)" = kept ]
}
