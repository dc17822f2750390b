-- Makes the role that the servers connect as, or gives it another password. It owns nothing: `serviceflow migrate` grants
-- it what a server needs.
\getenv password SERVER_PASSWORD
select 'create role serviceflow_server'
where not exists (select from pg_roles where rolname = 'serviceflow_server') \gexec
alter role serviceflow_server login nosuperuser nocreatedb nocreaterole password :'password';
