-- A session that writes a table fires its functions with its own search_path: that of its role, or none during a restore.
DO $$
DECLARE
	own record;
BEGIN
	FOR own IN
		SELECT p.oid::regprocedure AS name FROM pg_proc p
		WHERE p.pronamespace = current_schema()::regnamespace AND p.prokind = 'f'
			AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
			AND p.proname IN (
				'check_status_transition', 'forget_user_words', 'keep_logged', 'move_request_words', 'note_comment_activity',
				'note_comment_words_due', 'note_request_delta', 'note_uncounted_request', 'note_user_words_due', 'note_words_due', 'refuse_change'
			)
	LOOP
		EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', own.name, current_schema());
	END LOOP;
END
$$;
