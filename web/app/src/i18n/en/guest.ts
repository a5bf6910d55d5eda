export const guest = {
  guest: {
    title: 'Invitation to a remote consult',
    invited: '{{inviter}} ({{institution}}) invites you to a consult',
    you: 'You are {{name}}, here as {{kind}}',
    notYou: 'If this is not you, close the page and tell the doctor.',
    until: 'The link is good until {{time}}',
    enter: 'Ask to come in',
    early: 'The consult has not begun. Keep this page open; you can come in when it has.',
    privacy:
      'The talk is about somebody’s health: be in a quiet place by yourself, take no pictures and pass nothing on. Your name is noted in the record.',
    kinds: { family: 'family', interpreter: 'interpreter', resident: 'resident', other: 'guest' },
    invite: 'Invite a guest',
    name: 'Name',
    kind: 'As',
    make: 'Make a link',
    copy: 'Copy the link',
    copied: 'Link copied; send it to {{name}}. It works once.',
    link: 'One-time link',
    none: 'Nobody was invited by link yet',
    revoke: 'Revoke',
    state: { open: 'Not used', entered: 'Used', revoked: 'Revoked' },
  },
} as const;
