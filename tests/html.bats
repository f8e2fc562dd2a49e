# make html: every page, and no link that leads nowhere.

load helper

setup() {
	command -v mandoc >/dev/null || skip "needs mandoc"
	cd "$BATS_TEST_TMPDIR"
	mapfile -t pages < <(cd "$TOP" && find svscan supervise multilog svc package -name '*.[1-8]')
}

# links FILE: what it refers to, as FILE#PLACE, both possibly empty; mandoc breaks lines within tags.
links() {
	tr '\n' ' ' <"$1" | grep -oE '(href|src)="[^"]*"' | sed 's/^[a-z]*="//; s/"$//'
}

# leads FILE LINK: to a file that is there and, behind a #, to a place in it.
leads() {
	local target=${2%%#*} place=""
	[[ $2 != *"#"* ]] || place=${2#*#}
	[ -f "${target:-$1}" ] || return 1
	[ -z "$place" ] || tr '\n' ' ' <"${target:-$1}" | grep -F "id=\"$place\"" >/dev/null
}

@test "every page is there and in the index, and every link leads to a page and a place in it" {
	local page file link
	local -i checked=0
	run -0 sh "$TOP/package/html" "$PWD/html with blank" "${pages[@]}"
	[ "$output" = "html: the manual is in $PWD/html with blank/index.html" ]
	cd "html with blank"
	[ "$(ls)" = "$({ printf '%s.html\n' "${pages[@]##*/}" index; echo style.css; } | LC_ALL=C sort)" ]
	for page in "${pages[@]##*/}"; do
		grep -qF "<a href=\"$page.html\">" index.html
	done
	for file in *.html; do
		while read -r link; do
			leads "$file" "$link" || { echo "$file: $link"; false; }
			checked+=1
		done < <(links "$file")
	done
	((checked > 500))
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
