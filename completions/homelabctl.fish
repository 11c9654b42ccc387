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
complete -c homelabctl -n "__fish_homelabctl_needs_command" -f -a "deploy" -d 'Build, ship, apply, roll out and prove the server; a failed release is taken back by itself'
complete -c homelabctl -n "__fish_homelabctl_needs_command" -f -a "update" -d 'Deploy what already runs anew: a new image, new settings'
complete -c homelabctl -n "__fish_homelabctl_needs_command" -f -a "rollback" -d 'Bring an earlier release back, whole: image, settings, credentials and manifests'
complete -c homelabctl -n "__fish_homelabctl_needs_command" -f -a "releases" -d 'List the releases, newest first, with what proves them'
complete -c homelabctl -n "__fish_homelabctl_needs_command" -f -a "status" -d 'Show what runs, where, and whether it is well'
complete -c homelabctl -n "__fish_homelabctl_needs_command" -f -a "logs" -d 'Print the server\'s logs'
complete -c homelabctl -n "__fish_homelabctl_needs_command" -f -a "render" -d 'Print what a deploy would apply, as plain manifests for git'
complete -c homelabctl -n "__fish_homelabctl_needs_command" -f -a "config" -d 'Look at the config: its schema, its values, its mistakes'
complete -c homelabctl -n "__fish_homelabctl_needs_command" -f -a "keys" -d 'Make, list and revoke API keys'
complete -c homelabctl -n "__fish_homelabctl_needs_command" -f -a "client-config" -d 'Write an AI client\'s configuration, then prove that the client gets through'
complete -c homelabctl -n "__fish_homelabctl_needs_command" -f -a "bridge" -d 'Speak MCP on stdin and stdout for a client that only starts programs, and carry it to the server'
complete -c homelabctl -n "__fish_homelabctl_needs_command" -f -a "dev" -d 'Run the server on this machine, without a cluster, with throw-away certificates and a throw-away key'
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
complete -c homelabctl -n "__fish_homelabctl_using_subcommand deploy" -l image -d 'Deploy this image instead of building the bundled server: an archive, or the name of one that the node has' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand deploy" -l reason -d 'Why, for the history' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand deploy" -s c -l config -d 'Read this config instead of ./homelab.yaml or ~/.config/homelabctl/homelab.yaml (or set HOMELABCTL_CONFIG)' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand deploy" -l host -d 'Connect to this host instead of the configured one (or set HOMELABCTL_HOST)' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand deploy" -l host-key -d 'Accept the host\'s key at the first contact if it has this fingerprint' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand deploy" -l sudo-password-file -d 'Read sudo\'s password from this file' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand deploy" -s o -l output -d 'How to write the answer' -r -f -a "human\t''
json\t''"
complete -c homelabctl -n "__fish_homelabctl_using_subcommand deploy" -l dry-run -d 'Show what would be done and change nothing: exit code 0 for nothing to do, 3 for changes'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand deploy" -s y -l yes -d 'Agree to the shown plan'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand deploy" -l allow-disruption -d 'Agree to steps that interrupt what else runs on the host'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand deploy" -l force -d 'Roll the pods although nothing changed'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand deploy" -s q -l quiet -d 'Print answers and errors only'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand deploy" -l no-color -d 'Write without colour'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand deploy" -s v -l verbose -d 'Log what homelabctl does inside; twice for more'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand deploy" -s h -l help -d 'Print help'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand deploy" -s V -l version -d 'Print version'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand update" -l image -d 'Deploy this image instead of building the bundled server: an archive, or the name of one that the node has' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand update" -l reason -d 'Why, for the history' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand update" -s c -l config -d 'Read this config instead of ./homelab.yaml or ~/.config/homelabctl/homelab.yaml (or set HOMELABCTL_CONFIG)' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand update" -l host -d 'Connect to this host instead of the configured one (or set HOMELABCTL_HOST)' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand update" -l host-key -d 'Accept the host\'s key at the first contact if it has this fingerprint' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand update" -l sudo-password-file -d 'Read sudo\'s password from this file' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand update" -s o -l output -d 'How to write the answer' -r -f -a "human\t''
json\t''"
complete -c homelabctl -n "__fish_homelabctl_using_subcommand update" -l dry-run -d 'Show what would be done and change nothing: exit code 0 for nothing to do, 3 for changes'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand update" -s y -l yes -d 'Agree to the shown plan'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand update" -l allow-disruption -d 'Agree to steps that interrupt what else runs on the host'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand update" -l force -d 'Roll the pods although nothing changed'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand update" -s q -l quiet -d 'Print answers and errors only'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand update" -l no-color -d 'Write without colour'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand update" -s v -l verbose -d 'Log what homelabctl does inside; twice for more'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand update" -s h -l help -d 'Print help'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand update" -s V -l version -d 'Print version'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand rollback" -l reason -d 'Why, for the history' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand rollback" -s c -l config -d 'Read this config instead of ./homelab.yaml or ~/.config/homelabctl/homelab.yaml (or set HOMELABCTL_CONFIG)' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand rollback" -l host -d 'Connect to this host instead of the configured one (or set HOMELABCTL_HOST)' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand rollback" -l host-key -d 'Accept the host\'s key at the first contact if it has this fingerprint' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand rollback" -l sudo-password-file -d 'Read sudo\'s password from this file' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand rollback" -s o -l output -d 'How to write the answer' -r -f -a "human\t''
json\t''"
complete -c homelabctl -n "__fish_homelabctl_using_subcommand rollback" -l dry-run -d 'Show what would be done and change nothing: exit code 0 for nothing to do, 3 for changes'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand rollback" -s y -l yes -d 'Agree to the shown plan'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand rollback" -l allow-disruption -d 'Agree to steps that interrupt what else runs on the host'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand rollback" -s q -l quiet -d 'Print answers and errors only'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand rollback" -l no-color -d 'Write without colour'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand rollback" -s v -l verbose -d 'Log what homelabctl does inside; twice for more'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand rollback" -s h -l help -d 'Print help'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand rollback" -s V -l version -d 'Print version'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand releases" -s c -l config -d 'Read this config instead of ./homelab.yaml or ~/.config/homelabctl/homelab.yaml (or set HOMELABCTL_CONFIG)' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand releases" -l host -d 'Connect to this host instead of the configured one (or set HOMELABCTL_HOST)' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand releases" -l host-key -d 'Accept the host\'s key at the first contact if it has this fingerprint' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand releases" -l sudo-password-file -d 'Read sudo\'s password from this file' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand releases" -s o -l output -d 'How to write the answer' -r -f -a "human\t''
json\t''"
complete -c homelabctl -n "__fish_homelabctl_using_subcommand releases" -s q -l quiet -d 'Print answers and errors only'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand releases" -l no-color -d 'Write without colour'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand releases" -s v -l verbose -d 'Log what homelabctl does inside; twice for more'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand releases" -s h -l help -d 'Print help'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand releases" -s V -l version -d 'Print version'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand status" -s c -l config -d 'Read this config instead of ./homelab.yaml or ~/.config/homelabctl/homelab.yaml (or set HOMELABCTL_CONFIG)' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand status" -l host -d 'Connect to this host instead of the configured one (or set HOMELABCTL_HOST)' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand status" -l host-key -d 'Accept the host\'s key at the first contact if it has this fingerprint' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand status" -l sudo-password-file -d 'Read sudo\'s password from this file' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand status" -s o -l output -d 'How to write the answer' -r -f -a "human\t''
json\t''"
complete -c homelabctl -n "__fish_homelabctl_using_subcommand status" -s q -l quiet -d 'Print answers and errors only'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand status" -l no-color -d 'Write without colour'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand status" -s v -l verbose -d 'Log what homelabctl does inside; twice for more'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand status" -s h -l help -d 'Print help'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand status" -s V -l version -d 'Print version'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand logs" -l tail -d 'Lines of each pod to begin with' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand logs" -s c -l config -d 'Read this config instead of ./homelab.yaml or ~/.config/homelabctl/homelab.yaml (or set HOMELABCTL_CONFIG)' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand logs" -l host -d 'Connect to this host instead of the configured one (or set HOMELABCTL_HOST)' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand logs" -l host-key -d 'Accept the host\'s key at the first contact if it has this fingerprint' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand logs" -l sudo-password-file -d 'Read sudo\'s password from this file' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand logs" -s o -l output -d 'How to write the answer' -r -f -a "human\t''
json\t''"
complete -c homelabctl -n "__fish_homelabctl_using_subcommand logs" -s f -l follow -d 'Go on as new lines and new pods come'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand logs" -s q -l quiet -d 'Print answers and errors only'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand logs" -l no-color -d 'Write without colour'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand logs" -s v -l verbose -d 'Log what homelabctl does inside; twice for more'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand logs" -s h -l help -d 'Print help'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand logs" -s V -l version -d 'Print version'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand render" -l image -d 'Name and tag of the image' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand render" -l controller -d 'The ingress controller: Traefik from MicroK8s 1.35 on' -r -f -a "traefik\t'MicroK8s 1.35 and later'
nginx\t'MicroK8s up to 1.34'"
complete -c homelabctl -n "__fish_homelabctl_using_subcommand render" -l node -d 'Address of a node; host.address when left out. Repeat it for several' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand render" -s c -l config -d 'Read this config instead of ./homelab.yaml or ~/.config/homelabctl/homelab.yaml (or set HOMELABCTL_CONFIG)' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand render" -l host -d 'Connect to this host instead of the configured one (or set HOMELABCTL_HOST)' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand render" -l host-key -d 'Accept the host\'s key at the first contact if it has this fingerprint' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand render" -l sudo-password-file -d 'Read sudo\'s password from this file' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand render" -s o -l output -d 'How to write the answer' -r -f -a "human\t''
json\t''"
complete -c homelabctl -n "__fish_homelabctl_using_subcommand render" -s q -l quiet -d 'Print answers and errors only'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand render" -l no-color -d 'Write without colour'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand render" -s v -l verbose -d 'Log what homelabctl does inside; twice for more'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand render" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand render" -s V -l version -d 'Print version'
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
complete -c homelabctl -n "__fish_homelabctl_using_subcommand dev" -l port -d 'Listen on this port of 127.0.0.1; 0 takes a free one' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand dev" -l program -d 'Run this program instead of building the bundled server' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand dev" -s c -l config -d 'Read this config instead of ./homelab.yaml or ~/.config/homelabctl/homelab.yaml (or set HOMELABCTL_CONFIG)' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand dev" -l host -d 'Connect to this host instead of the configured one (or set HOMELABCTL_HOST)' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand dev" -l host-key -d 'Accept the host\'s key at the first contact if it has this fingerprint' -r
complete -c homelabctl -n "__fish_homelabctl_using_subcommand dev" -l sudo-password-file -d 'Read sudo\'s password from this file' -r -F
complete -c homelabctl -n "__fish_homelabctl_using_subcommand dev" -s o -l output -d 'How to write the answer' -r -f -a "human\t''
json\t''"
complete -c homelabctl -n "__fish_homelabctl_using_subcommand dev" -s q -l quiet -d 'Print answers and errors only'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand dev" -l no-color -d 'Write without colour'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand dev" -s v -l verbose -d 'Log what homelabctl does inside; twice for more'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand dev" -s h -l help -d 'Print help'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand dev" -s V -l version -d 'Print version'
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
complete -c homelabctl -n "__fish_homelabctl_using_subcommand help; and not __fish_seen_subcommand_from setup uninstall deploy update rollback releases status logs render config keys client-config bridge dev completions man help" -f -a "setup" -d 'Bring the host to the configured state: MicroK8s, add-ons, addresses, certificates, keys'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand help; and not __fish_seen_subcommand_from setup uninstall deploy update rollback releases status logs render config keys client-config bridge dev completions man help" -f -a "uninstall" -d 'Remove what homelabctl created, and nothing else'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand help; and not __fish_seen_subcommand_from setup uninstall deploy update rollback releases status logs render config keys client-config bridge dev completions man help" -f -a "deploy" -d 'Build, ship, apply, roll out and prove the server; a failed release is taken back by itself'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand help; and not __fish_seen_subcommand_from setup uninstall deploy update rollback releases status logs render config keys client-config bridge dev completions man help" -f -a "update" -d 'Deploy what already runs anew: a new image, new settings'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand help; and not __fish_seen_subcommand_from setup uninstall deploy update rollback releases status logs render config keys client-config bridge dev completions man help" -f -a "rollback" -d 'Bring an earlier release back, whole: image, settings, credentials and manifests'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand help; and not __fish_seen_subcommand_from setup uninstall deploy update rollback releases status logs render config keys client-config bridge dev completions man help" -f -a "releases" -d 'List the releases, newest first, with what proves them'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand help; and not __fish_seen_subcommand_from setup uninstall deploy update rollback releases status logs render config keys client-config bridge dev completions man help" -f -a "status" -d 'Show what runs, where, and whether it is well'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand help; and not __fish_seen_subcommand_from setup uninstall deploy update rollback releases status logs render config keys client-config bridge dev completions man help" -f -a "logs" -d 'Print the server\'s logs'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand help; and not __fish_seen_subcommand_from setup uninstall deploy update rollback releases status logs render config keys client-config bridge dev completions man help" -f -a "render" -d 'Print what a deploy would apply, as plain manifests for git'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand help; and not __fish_seen_subcommand_from setup uninstall deploy update rollback releases status logs render config keys client-config bridge dev completions man help" -f -a "config" -d 'Look at the config: its schema, its values, its mistakes'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand help; and not __fish_seen_subcommand_from setup uninstall deploy update rollback releases status logs render config keys client-config bridge dev completions man help" -f -a "keys" -d 'Make, list and revoke API keys'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand help; and not __fish_seen_subcommand_from setup uninstall deploy update rollback releases status logs render config keys client-config bridge dev completions man help" -f -a "client-config" -d 'Write an AI client\'s configuration, then prove that the client gets through'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand help; and not __fish_seen_subcommand_from setup uninstall deploy update rollback releases status logs render config keys client-config bridge dev completions man help" -f -a "bridge" -d 'Speak MCP on stdin and stdout for a client that only starts programs, and carry it to the server'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand help; and not __fish_seen_subcommand_from setup uninstall deploy update rollback releases status logs render config keys client-config bridge dev completions man help" -f -a "dev" -d 'Run the server on this machine, without a cluster, with throw-away certificates and a throw-away key'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand help; and not __fish_seen_subcommand_from setup uninstall deploy update rollback releases status logs render config keys client-config bridge dev completions man help" -f -a "completions" -d 'Print the completion script of a shell'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand help; and not __fish_seen_subcommand_from setup uninstall deploy update rollback releases status logs render config keys client-config bridge dev completions man help" -f -a "man" -d 'Print the man page'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand help; and not __fish_seen_subcommand_from setup uninstall deploy update rollback releases status logs render config keys client-config bridge dev completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "schema" -d 'Print the JSON Schema of homelab.yaml, for editors'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "show" -d 'Print every value and where it comes from: a flag, a variable, the file, or the built-in default'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "validate" -d 'Check the config; every mistake is told with its place and its cure'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand help; and __fish_seen_subcommand_from keys" -f -a "create" -d 'Make a key, save it on this machine and print it this once'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand help; and __fish_seen_subcommand_from keys" -f -a "list" -d 'List the keys that the server lets in'
complete -c homelabctl -n "__fish_homelabctl_using_subcommand help; and __fish_seen_subcommand_from keys" -f -a "revoke" -d 'Shut a key out; it acts within seconds, and no rollback revives it'
