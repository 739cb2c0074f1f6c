"""What knows no school: database, scope, money, paging, errors, events, outbox, jobs, files in and out, PDF base, i18n."""
