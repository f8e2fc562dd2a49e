#!/bin/sh
# npm.sh DIR: code-server and difit from the npm registry, into DIR. The scripts of packages are run
# only for what has to be compiled; one of them would fetch from elsewhere a program that is not needed
# here. Takes some minutes; what is there already is kept. SPDX-License-Identifier: ISC

set -eu
mkdir -p "$1"
cd "$1"
[ ! -e complete ] || exit 0
# The headers of node that is installed, instead of a download.
npm_config_nodedir=$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")
export npm_config_nodedir npm_config_build_from_source=true npm_config_audit=false npm_config_fund=false
export npm_config_update_notifier=false npm_config_cache="$PWD/cache"

install_difit() (
	mkdir -p difit
	cd difit
	[ -e package.json ] || npm init -y
	npm install --omit=dev --ignore-scripts difit@2.2.7
)

# The editor in it is a package of its own, with three parts in C++; the rebuild goes on to others,
# which it fails at and which nobody misses.
install_code_server() (
	mkdir -p code-server
	cd code-server
	[ -e package.json ] || npm init -y
	npm install --omit=dev --ignore-scripts code-server@4.100.3
	npm rebuild --ignore-scripts=false argon2
	cd node_modules/code-server/lib/vscode
	npm install --omit=dev --ignore-scripts
	(cd extensions && npm install --omit=dev --ignore-scripts)
	ln -sfn node_modules node_modules.asar
	npm rebuild --ignore-scripts=false native-watchdog @vscode/spdlog node-pty || true
)

install_difit
install_code_server
rm -rf cache
touch complete
