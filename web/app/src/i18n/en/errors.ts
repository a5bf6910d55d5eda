export const errors = {
  error: {
    unknown: 'Something unexpected went wrong; nothing was lost. Try again, or tell the administrator the time.',
    stale: 'This was changed a moment ago; you now see the current state. Check it and try again.',
    invalid: 'One entry does not fit: {{detail}}',
    notFound: 'Not found, or not visible to you.',
    tooLarge: 'The file is too large. Compress or split it.',
    tooMany: 'Too many tries. Wait a moment.',
    unavailable: 'The service is busy. Nothing was lost; try again shortly.',
    net: {
      unreachable:
        'The server cannot be reached; what you entered is still here. Press again when the line is back, it will not be sent twice.',
    },
    auth: {
      required: 'Please sign in.',
      forbidden: 'You are not entitled to this at your current practice point.',
      wrong: 'Account or password is wrong.',
      locked: 'Too many wrong tries; the account is locked for {{minutes}} minutes.',
    },
    request: { taken: '{{winner}} has already accepted.', stale: 'The state has moved on; check it and try again.' },
  },
} as const;
