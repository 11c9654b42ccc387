# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_homelabctl_global_optspecs
    string join \n c/config= host= host-key= sudo-password-file= o/output= q/quiet no-color v/verbose h/help V/version
end

function __fish_homelabctl_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_homelabctl_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_homelabctl_using_subcommand
    set -l cmd (__fish_homelabctl_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c homelabctl -n "__fish_homelabctl_needs_command" -s c -l config -d 'Read this config instead of ./homelab.yaml or ~/.config/homelabctl/homelab.yaml (or set HOMELABCTL_CONFIG)' -r -F
complete -c homelabctl -n "__fish_homelabctl_needs_command" -l host -d 'Connect to this host instead of the configured one (or set HOMELABCTL_HOST)' -r
complete -c homelabctl -n "__fish_homelabctl_needs_command" -l host-key -d 'Accept the host\'s key at the first contact if it has this fingerprint' -r
complete -c homelabctl -n "__fish_homelabctl_needs_command" -l sudo-password-file -d 'Read sudo\'s password from this file' -r -F
complete -c homelabctl -n "__fish_homelabctl_needs_command" -s o -l output -d 'How to write the answer' -r -f -a "human\t''
json\t''"
complete -c homelabctl -n "__fish_homelabctl_needs_command" -s q -l quiet -d 'Print answers and errors only'
complete -c homelabctl -n "__fish_homelabctl_needs_command" -l no-color -d 'Write without colour'
complete -c homelabctl -n "__fish_homelabctl_needs_command" -s v -l verbose -d 'Log what homelabctl does inside; twice for more'
complete -c homelabctl -n "__fish_homelabctl_needs_command" -s h -l help -d 'Print help'
complete -c homelabctl -n "__fish_homelabctl_needs_command" -s V -l version -d 'Print version'
complete -c homelabctl -n "__fish_homelabctl_needs_command" -f -a "setup" -d 'Bring the host to the configured state: MicroK8s, add-ons, addresses, certificates, keys'
complete -c homelabctl -n "__fish_homelabctl_needs_command" -f -a "uninstall" -d 'Remove what homelabctl created, and nothing else'
complete -c homelabctl -n "__fish_homelabctl_needs_command" -f -a "config" -d 'Look at the config: its schema, its values, its mistakes'
complete -c homelabctl -n "__fish_homelabctl_needs_command" -f -a "keys" -d 'Make, list and revoke API keys'
complete -c homelabctl -n "__fish_homelabctl_needs_command" -f -a "client-config" -d 'Write an AI client\'s configuration, then prove that the client gets through'
complete -c homelabctl -n "__fish_homelabctl_needs_command" -f -a "bridge" -d 'Speak MCP on stdin and stdout for a client that only starts programs, and carry it to the server'
complete -c homelabctl -n "__fish_homelabctl_needs_command" -f -a "completions" -d 'Print the completion script of a shell'
complete -c homelabctl -n "__fish_homelabctl_needs_command" -f -a "man" -d 'Print the man page'
complete -c homelabctl -n "__fish_homelabctl_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand setup" -s c -l config -d 'Read this config instead of ./homelab.yaml or ~/.config/homelabctl/homelab.yaml (or set HOMELABCTL_CONFIG)' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand setup" -l host -d 'Connect to this host instead of the configured one (or set HOMELABCTL_HOST)' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand setup" -l host-key -d 'Accept the host\'s key at the first contact if it has this fingerprint' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand setup" -l sudo-password-file -d 'Read sudo\'s password from this file' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand setup" -s o -l output -d 'How to write the answer' -r -f -a "human\t''
json\t''"
complete -c homelabctl -n "__fish_homelabctl_using_subcommand setup" -l dry-run -d 'Show what would be done and change nothing: exit code 0 for nothing to do, 3 for changes'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand setup" -s y -l yes -d 'Agree to the shown plan'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand setup" -l allow-disruption -d 'Agree to steps that interrupt what else runs on the host'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand setup" -s q -l quiet -d 'Print answers and errors only'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand setup" -l no-color -d 'Write without colour'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand setup" -s v -l verbose -d 'Log what homelabctl does inside; twice for more'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand setup" -s h -l help -d 'Print help'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand setup" -s V -l version -d 'Print version'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand uninstall" -s c -l config -d 'Read this config instead of ./homelab.yaml or ~/.config/homelabctl/homelab.yaml (or set HOMELABCTL_CONFIG)' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand uninstall" -l host -d 'Connect to this host instead of the configured one (or set HOMELABCTL_HOST)' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand uninstall" -l host-key -d 'Accept the host\'s key at the first contact if it has this fingerprint' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand uninstall" -l sudo-password-file -d 'Read sudo\'s password from this file' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand uninstall" -s o -l output -d 'How to write the answer' -r -f -a "human\t''
json\t''"
complete -c homelabctl -n "__fish_homelabctl_using_subcommand uninstall" -l keep-data -d 'Keep volumes, keys, certificates and the history of releases'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand uninstall" -l dry-run -d 'Show what would be done and change nothing: exit code 0 for nothing to do, 3 for changes'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand uninstall" -s y -l yes -d 'Agree to the shown plan'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand uninstall" -l allow-disruption -d 'Agree to steps that interrupt what else runs on the host'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand uninstall" -s q -l quiet -d 'Print answers and errors only'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand uninstall" -l no-color -d 'Write without colour'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand uninstall" -s v -l verbose -d 'Log what homelabctl does inside; twice for more'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand uninstall" -s h -l help -d 'Print help'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand uninstall" -s V -l version -d 'Print version'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and not __fish_seen_subcommand_from schema show validate help" -s c -l config -d 'Read this config instead of ./homelab.yaml or ~/.config/homelabctl/homelab.yaml (or set HOMELABCTL_CONFIG)' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and not __fish_seen_subcommand_from schema show validate help" -l host -d 'Connect to this host instead of the configured one (or set HOMELABCTL_HOST)' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and not __fish_seen_subcommand_from schema show validate help" -l host-key -d 'Accept the host\'s key at the first contact if it has this fingerprint' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and not __fish_seen_subcommand_from schema show validate help" -l sudo-password-file -d 'Read sudo\'s password from this file' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and not __fish_seen_subcommand_from schema show validate help" -s o -l output -d 'How to write the answer' -r -f -a "human\t''
json\t''"
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and not __fish_seen_subcommand_from schema show validate help" -s q -l quiet -d 'Print answers and errors only'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and not __fish_seen_subcommand_from schema show validate help" -l no-color -d 'Write without colour'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and not __fish_seen_subcommand_from schema show validate help" -s v -l verbose -d 'Log what homelabctl does inside; twice for more'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and not __fish_seen_subcommand_from schema show validate help" -s h -l help -d 'Print help'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and not __fish_seen_subcommand_from schema show validate help" -s V -l version -d 'Print version'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and not __fish_seen_subcommand_from schema show validate help" -f -a "schema" -d 'Print the JSON Schema of homelab.yaml, for editors'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and not __fish_seen_subcommand_from schema show validate help" -f -a "show" -d 'Print every value and where it comes from: a flag, a variable, the file, or the built-in default'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and not __fish_seen_subcommand_from schema show validate help" -f -a "validate" -d 'Check the config; every mistake is told with its place and its cure'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and not __fish_seen_subcommand_from schema show validate help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and __fish_seen_subcommand_from schema" -s c -l config -d 'Read this config instead of ./homelab.yaml or ~/.config/homelabctl/homelab.yaml (or set HOMELABCTL_CONFIG)' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and __fish_seen_subcommand_from schema" -l host -d 'Connect to this host instead of the configured one (or set HOMELABCTL_HOST)' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and __fish_seen_subcommand_from schema" -l host-key -d 'Accept the host\'s key at the first contact if it has this fingerprint' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and __fish_seen_subcommand_from schema" -l sudo-password-file -d 'Read sudo\'s password from this file' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and __fish_seen_subcommand_from schema" -s o -l output -d 'How to write the answer' -r -f -a "human\t''
json\t''"
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and __fish_seen_subcommand_from schema" -s q -l quiet -d 'Print answers and errors only'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and __fish_seen_subcommand_from schema" -l no-color -d 'Write without colour'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and __fish_seen_subcommand_from schema" -s v -l verbose -d 'Log what homelabctl does inside; twice for more'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and __fish_seen_subcommand_from schema" -s h -l help -d 'Print help'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and __fish_seen_subcommand_from schema" -s V -l version -d 'Print version'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and __fish_seen_subcommand_from show" -s c -l config -d 'Read this config instead of ./homelab.yaml or ~/.config/homelabctl/homelab.yaml (or set HOMELABCTL_CONFIG)' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and __fish_seen_subcommand_from show" -l host -d 'Connect to this host instead of the configured one (or set HOMELABCTL_HOST)' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and __fish_seen_subcommand_from show" -l host-key -d 'Accept the host\'s key at the first contact if it has this fingerprint' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and __fish_seen_subcommand_from show" -l sudo-password-file -d 'Read sudo\'s password from this file' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and __fish_seen_subcommand_from show" -s o -l output -d 'How to write the answer' -r -f -a "human\t''
json\t''"
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print answers and errors only'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and __fish_seen_subcommand_from show" -l no-color -d 'Write without colour'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Log what homelabctl does inside; twice for more'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and __fish_seen_subcommand_from show" -s V -l version -d 'Print version'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and __fish_seen_subcommand_from validate" -s c -l config -d 'Read this config instead of ./homelab.yaml or ~/.config/homelabctl/homelab.yaml (or set HOMELABCTL_CONFIG)' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and __fish_seen_subcommand_from validate" -l host -d 'Connect to this host instead of the configured one (or set HOMELABCTL_HOST)' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and __fish_seen_subcommand_from validate" -l host-key -d 'Accept the host\'s key at the first contact if it has this fingerprint' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and __fish_seen_subcommand_from validate" -l sudo-password-file -d 'Read sudo\'s password from this file' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and __fish_seen_subcommand_from validate" -s o -l output -d 'How to write the answer' -r -f -a "human\t''
json\t''"
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and __fish_seen_subcommand_from validate" -s q -l quiet -d 'Print answers and errors only'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and __fish_seen_subcommand_from validate" -l no-color -d 'Write without colour'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and __fish_seen_subcommand_from validate" -s v -l verbose -d 'Log what homelabctl does inside; twice for more'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and __fish_seen_subcommand_from validate" -s h -l help -d 'Print help'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and __fish_seen_subcommand_from validate" -s V -l version -d 'Print version'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "schema" -d 'Print the JSON Schema of homelab.yaml, for editors'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "show" -d 'Print every value and where it comes from: a flag, a variable, the file, or the built-in default'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "validate" -d 'Check the config; every mistake is told with its place and its cure'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and not __fish_seen_subcommand_from create list revoke help" -s c -l config -d 'Read this config instead of ./homelab.yaml or ~/.config/homelabctl/homelab.yaml (or set HOMELABCTL_CONFIG)' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and not __fish_seen_subcommand_from create list revoke help" -l host -d 'Connect to this host instead of the configured one (or set HOMELABCTL_HOST)' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and not __fish_seen_subcommand_from create list revoke help" -l host-key -d 'Accept the host\'s key at the first contact if it has this fingerprint' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and not __fish_seen_subcommand_from create list revoke help" -l sudo-password-file -d 'Read sudo\'s password from this file' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and not __fish_seen_subcommand_from create list revoke help" -s o -l output -d 'How to write the answer' -r -f -a "human\t''
json\t''"
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and not __fish_seen_subcommand_from create list revoke help" -s q -l quiet -d 'Print answers and errors only'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and not __fish_seen_subcommand_from create list revoke help" -l no-color -d 'Write without colour'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and not __fish_seen_subcommand_from create list revoke help" -s v -l verbose -d 'Log what homelabctl does inside; twice for more'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and not __fish_seen_subcommand_from create list revoke help" -s h -l help -d 'Print help'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and not __fish_seen_subcommand_from create list revoke help" -s V -l version -d 'Print version'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and not __fish_seen_subcommand_from create list revoke help" -f -a "create" -d 'Make a key, save it on this machine and print it this once'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and not __fish_seen_subcommand_from create list revoke help" -f -a "list" -d 'List the keys that the server lets in'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and not __fish_seen_subcommand_from create list revoke help" -f -a "revoke" -d 'Shut a key out; it acts within seconds, and no rollback revives it'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and not __fish_seen_subcommand_from create list revoke help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and __fish_seen_subcommand_from create" -l scope -d 'What the key may do; may be given more than once' -r -f -a "read\t''
operate\t''
admin\t''"
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and __fish_seen_subcommand_from create" -l expires -d 'When the key ends: 12h, 90d, 8w (it has no end when left out)' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and __fish_seen_subcommand_from create" -s c -l config -d 'Read this config instead of ./homelab.yaml or ~/.config/homelabctl/homelab.yaml (or set HOMELABCTL_CONFIG)' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and __fish_seen_subcommand_from create" -l host -d 'Connect to this host instead of the configured one (or set HOMELABCTL_HOST)' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and __fish_seen_subcommand_from create" -l host-key -d 'Accept the host\'s key at the first contact if it has this fingerprint' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and __fish_seen_subcommand_from create" -l sudo-password-file -d 'Read sudo\'s password from this file' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and __fish_seen_subcommand_from create" -s o -l output -d 'How to write the answer' -r -f -a "human\t''
json\t''"
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and __fish_seen_subcommand_from create" -l dry-run -d 'Show what would be done and change nothing'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and __fish_seen_subcommand_from create" -s q -l quiet -d 'Print answers and errors only'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and __fish_seen_subcommand_from create" -l no-color -d 'Write without colour'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and __fish_seen_subcommand_from create" -s v -l verbose -d 'Log what homelabctl does inside; twice for more'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and __fish_seen_subcommand_from create" -s V -l version -d 'Print version'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and __fish_seen_subcommand_from list" -s c -l config -d 'Read this config instead of ./homelab.yaml or ~/.config/homelabctl/homelab.yaml (or set HOMELABCTL_CONFIG)' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and __fish_seen_subcommand_from list" -l host -d 'Connect to this host instead of the configured one (or set HOMELABCTL_HOST)' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and __fish_seen_subcommand_from list" -l host-key -d 'Accept the host\'s key at the first contact if it has this fingerprint' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and __fish_seen_subcommand_from list" -l sudo-password-file -d 'Read sudo\'s password from this file' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and __fish_seen_subcommand_from list" -s o -l output -d 'How to write the answer' -r -f -a "human\t''
json\t''"
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print answers and errors only'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and __fish_seen_subcommand_from list" -l no-color -d 'Write without colour'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Log what homelabctl does inside; twice for more'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and __fish_seen_subcommand_from revoke" -s c -l config -d 'Read this config instead of ./homelab.yaml or ~/.config/homelabctl/homelab.yaml (or set HOMELABCTL_CONFIG)' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and __fish_seen_subcommand_from revoke" -l host -d 'Connect to this host instead of the configured one (or set HOMELABCTL_HOST)' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and __fish_seen_subcommand_from revoke" -l host-key -d 'Accept the host\'s key at the first contact if it has this fingerprint' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and __fish_seen_subcommand_from revoke" -l sudo-password-file -d 'Read sudo\'s password from this file' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and __fish_seen_subcommand_from revoke" -s o -l output -d 'How to write the answer' -r -f -a "human\t''
json\t''"
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and __fish_seen_subcommand_from revoke" -l dry-run -d 'Show what would be done and change nothing: exit code 0 for nothing to do, 3 for changes'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and __fish_seen_subcommand_from revoke" -s y -l yes -d 'Agree to the shown plan'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and __fish_seen_subcommand_from revoke" -l allow-disruption -d 'Agree to steps that interrupt what else runs on the host'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and __fish_seen_subcommand_from revoke" -s q -l quiet -d 'Print answers and errors only'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and __fish_seen_subcommand_from revoke" -l no-color -d 'Write without colour'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and __fish_seen_subcommand_from revoke" -s v -l verbose -d 'Log what homelabctl does inside; twice for more'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and __fish_seen_subcommand_from revoke" -s h -l help -d 'Print help'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and __fish_seen_subcommand_from revoke" -s V -l version -d 'Print version'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and __fish_seen_subcommand_from help" -f -a "create" -d 'Make a key, save it on this machine and print it this once'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the keys that the server lets in'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and __fish_seen_subcommand_from help" -f -a "revoke" -d 'Shut a key out; it acts within seconds, and no rollback revives it'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand keys; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand client-config" -l file -d 'Write to this file instead of the client\'s own' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand client-config" -l key -d 'Use the key of this name; it is made when there is none' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand client-config" -l address -d 'Let the client connect here instead of to the recorded address; name and certificate stay the same' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand client-config" -s c -l config -d 'Read this config instead of ./homelab.yaml or ~/.config/homelabctl/homelab.yaml (or set HOMELABCTL_CONFIG)' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand client-config" -l host -d 'Connect to this host instead of the configured one (or set HOMELABCTL_HOST)' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand client-config" -l host-key -d 'Accept the host\'s key at the first contact if it has this fingerprint' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand client-config" -l sudo-password-file -d 'Read sudo\'s password from this file' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand client-config" -s o -l output -d 'How to write the answer' -r -f -a "human\t''
json\t''"
complete -c homelabctl -n "__fish_homelabctl_using_subcommand client-config" -l claude-desktop -d 'Claude Desktop: an entry in claude_desktop_config.json that starts `homelabctl bridge`'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand client-config" -l print -d 'Print the entry and change nothing'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand client-config" -l dry-run -d 'Show what would be done and change nothing: exit code 0 for nothing to do, 3 for changes'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand client-config" -s y -l yes -d 'Agree to the shown plan'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand client-config" -l allow-disruption -d 'Agree to steps that interrupt what else runs on the host'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand client-config" -s q -l quiet -d 'Print answers and errors only'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand client-config" -l no-color -d 'Write without colour'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand client-config" -s v -l verbose -d 'Log what homelabctl does inside; twice for more'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand client-config" -s h -l help -d 'Print help'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand client-config" -s V -l version -d 'Print version'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand bridge" -l state -d 'Folder with the connection, the CA and the keys of the homelab (that of the configured host when left out)' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand bridge" -l key -d 'Name of the key to use' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand bridge" -l address -d 'Connect here instead of to the recorded address; name and certificate stay the same' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand bridge" -s c -l config -d 'Read this config instead of ./homelab.yaml or ~/.config/homelabctl/homelab.yaml (or set HOMELABCTL_CONFIG)' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand bridge" -l host -d 'Connect to this host instead of the configured one (or set HOMELABCTL_HOST)' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand bridge" -l host-key -d 'Accept the host\'s key at the first contact if it has this fingerprint' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand bridge" -l sudo-password-file -d 'Read sudo\'s password from this file' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand bridge" -s o -l output -d 'How to write the answer' -r -f -a "human\t''
json\t''"
complete -c homelabctl -n "__fish_homelabctl_using_subcommand bridge" -s q -l quiet -d 'Print answers and errors only'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand bridge" -l no-color -d 'Write without colour'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand bridge" -s v -l verbose -d 'Log what homelabctl does inside; twice for more'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand bridge" -s h -l help -d 'Print help'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand bridge" -s V -l version -d 'Print version'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand completions" -s c -l config -d 'Read this config instead of ./homelab.yaml or ~/.config/homelabctl/homelab.yaml (or set HOMELABCTL_CONFIG)' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand completions" -l host -d 'Connect to this host instead of the configured one (or set HOMELABCTL_HOST)' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand completions" -l host-key -d 'Accept the host\'s key at the first contact if it has this fingerprint' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand completions" -l sudo-password-file -d 'Read sudo\'s password from this file' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand completions" -s o -l output -d 'How to write the answer' -r -f -a "human\t''
json\t''"
complete -c homelabctl -n "__fish_homelabctl_using_subcommand completions" -s q -l quiet -d 'Print answers and errors only'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand completions" -l no-color -d 'Write without colour'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand completions" -s v -l verbose -d 'Log what homelabctl does inside; twice for more'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand completions" -s h -l help -d 'Print help'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand completions" -s V -l version -d 'Print version'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand man" -s c -l config -d 'Read this config instead of ./homelab.yaml or ~/.config/homelabctl/homelab.yaml (or set HOMELABCTL_CONFIG)' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand man" -l host -d 'Connect to this host instead of the configured one (or set HOMELABCTL_HOST)' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand man" -l host-key -d 'Accept the host\'s key at the first contact if it has this fingerprint' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand man" -l sudo-password-file -d 'Read sudo\'s password from this file' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand man" -s o -l output -d 'How to write the answer' -r -f -a "human\t''
json\t''"
complete -c homelabctl -n "__fish_homelabctl_using_subcommand man" -s q -l quiet -d 'Print answers and errors only'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand man" -l no-color -d 'Write without colour'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand man" -s v -l verbose -d 'Log what homelabctl does inside; twice for more'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand man" -s h -l help -d 'Print help'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand man" -s V -l version -d 'Print version'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand help; and not __fish_seen_subcommand_from setup uninstall config keys client-config bridge completions man help" -f -a "setup" -d 'Bring the host to the configured state: MicroK8s, add-ons, addresses, certificates, keys'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand help; and not __fish_seen_subcommand_from setup uninstall config keys client-config bridge completions man help" -f -a "uninstall" -d 'Remove what homelabctl created, and nothing else'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand help; and not __fish_seen_subcommand_from setup uninstall config keys client-config bridge completions man help" -f -a "config" -d 'Look at the config: its schema, its values, its mistakes'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand help; and not __fish_seen_subcommand_from setup uninstall config keys client-config bridge completions man help" -f -a "keys" -d 'Make, list and revoke API keys'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand help; and not __fish_seen_subcommand_from setup uninstall config keys client-config bridge completions man help" -f -a "client-config" -d 'Write an AI client\'s configuration, then prove that the client gets through'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand help; and not __fish_seen_subcommand_from setup uninstall config keys client-config bridge completions man help" -f -a "bridge" -d 'Speak MCP on stdin and stdout for a client that only starts programs, and carry it to the server'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand help; and not __fish_seen_subcommand_from setup uninstall config keys client-config bridge completions man help" -f -a "completions" -d 'Print the completion script of a shell'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand help; and not __fish_seen_subcommand_from setup uninstall config keys client-config bridge completions man help" -f -a "man" -d 'Print the man page'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand help; and not __fish_seen_subcommand_from setup uninstall config keys client-config bridge completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "schema" -d 'Print the JSON Schema of homelab.yaml, for editors'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "show" -d 'Print every value and where it comes from: a flag, a variable, the file, or the built-in default'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "validate" -d 'Check the config; every mistake is told with its place and its cure'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand help; and __fish_seen_subcommand_from keys" -f -a "create" -d 'Make a key, save it on this machine and print it this once'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand help; and __fish_seen_subcommand_from keys" -f -a "list" -d 'List the keys that the server lets in'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand help; and __fish_seen_subcommand_from keys" -f -a "revoke" -d 'Shut a key out; it acts within seconds, and no rollback revives it'
